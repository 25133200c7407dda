// How programs get a token for the JSON APIs, as the OpenAPI document says it: only by grant types that are on.
// @see OpenAPI 3.1 §4.8.27 https://spec.openapis.org/oas/v3.1.1#security-scheme-object
import { Injectable } from '@nestjs/common';
import type { OAuthFlow, SecurityScheme } from '../api/openapi/document.js';
import { ServerOptions } from '../config/options.js';
import { Catalogue } from '../tokens/catalogue.js';
import { EndpointRegistry } from './endpoints/endpoint.js';
import { GrantRegistry } from './grants/grant-registry.js';

@Injectable()
export class OAuthSecurityScheme {
  constructor(
    private readonly grants: GrantRegistry,
    private readonly endpoints: EndpointRegistry,
    private readonly catalogue: Catalogue,
    private readonly options: ServerOptions,
  ) {}

  async describe(scopes: readonly string[]): Promise<SecurityScheme> {
    const described = await this.catalogue.describe(scopes);
    const common = {
      tokenUrl: this.urlOf('token'),
      ...(this.has('refresh_token') && { refreshUrl: this.urlOf('token') }),
      scopes: Object.fromEntries(described.map(({ name, description }) => [name, description])),
    };
    const flows: Record<string, OAuthFlow> = {
      ...(this.has('client_credentials') && {
        clientCredentials: { tokenUrl: common.tokenUrl, scopes: common.scopes },
      }),
      ...(this.has('authorization_code') && {
        authorizationCode: { authorizationUrl: this.urlOf('authorization'), ...common },
      }),
    };
    return { type: 'oauth2', description: 'An access token of this server, bound to no resource.', flows };
  }

  private has(grantType: string): boolean {
    return this.grants.names().includes(grantType);
  }

  private urlOf(name: string): string | undefined {
    const endpoint = this.endpoints.find(name) && this.endpoints.describe(name);
    return endpoint && this.options.url(endpoint.path);
  }
}
