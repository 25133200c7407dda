// The metadata documents of the application's protected resources, of what its guards and verifiers know.
// @see RFC 9728 §2, §3 https://www.rfc-editor.org/rfc/rfc9728#section-2
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Protections } from './protections.js';
import { ProtectedResources } from './protected-resources.js';
import type { ProtectedResource } from './resources.js';
import { TokenVerifiers } from './token-verifiers.js';

const CORS = { 'access-control-allow-origin': '*' };
const HEADERS = { ...CORS, 'content-type': 'application/json; charset=utf-8', 'cache-control': 'public, max-age=300' };
/** Clients of MCP send headers of their own with it. */
const PREFLIGHT = {
  ...CORS,
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': '*',
  'access-control-max-age': '600',
};

@Injectable()
export class ResourceMetadata {
  constructor(
    private readonly resources: ProtectedResources,
    private readonly protections: Protections,
    private readonly verifiers: TokenVerifiers,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /**
   * Puts the documents where RFC 9728 §3.1 says, whatever prefix and versions the routes of the application have: the
   * adapter knows of neither.
   */
  publish(): void {
    const { httpAdapter: adapter } = this.adapterHost;
    for (const { resource, path } of this.resources.all()) {
      let document: string | undefined;
      adapter.get(path, (_request: unknown, reply: unknown) => {
        document ??= JSON.stringify(this.documentOf(resource));
        for (const [name, value] of Object.entries(HEADERS)) adapter.setHeader(reply, name, value);
        adapter.reply(reply, document, 200);
      });
      adapter.options(path, (_request: unknown, reply: unknown) => {
        for (const [name, value] of Object.entries(PREFLIGHT)) adapter.setHeader(reply, name, value);
        adapter.reply(reply, '', 204);
      });
    }
  }

  private documentOf(resource: ProtectedResource): object {
    const scopes = this.protections.scopesOf(resource.identifier);
    return {
      resource: resource.identifier,
      authorization_servers: resource.authorizationServers ?? this.verifiers.issuers(),
      ...(scopes.length > 0 && { scopes_supported: scopes }),
      bearer_methods_supported: ['header'],
      resource_name: resource.name,
      resource_documentation: resource.documentation,
      resource_policy_uri: resource.policy,
      resource_tos_uri: resource.termsOfService,
    };
  }
}
