// The metadata document, read from the registries: what is advertised works, what is off is absent.
// @see RFC 8414 §2 https://www.rfc-editor.org/rfc/rfc8414#section-2
import { Injectable } from '@nestjs/common';
import { CONTENT_ENCRYPTION_ALGORITHMS, KEY_MANAGEMENT_ALGORITHMS } from '../common/algorithms.js';
import { ServerOptions } from '../config/options.js';
import { Catalogue } from '../tokens/catalogue.js';
import { CONTENT_ENCRYPTIONS } from '../tokens/keys/decrypt.js';
import { ENCRYPTION_ALGORITHMS } from '../tokens/keys/key-algorithms.js';
import { UsersService } from '../users/users.service.js';
import { CODE_CHALLENGE_METHODS } from './checks/pkce.js';
import { promptValues } from './checks/prompt.js';
import { ClaimsRegistry } from './claims/claims-registry.js';
import { ClientAuthenticator } from './client-auth/client-authenticator.js';
import { ClientJwts } from './client-jwts.js';
import { EndpointRegistry } from './endpoints/endpoint.js';
import { GrantRegistry } from './grants/grant-registry.js';
import { RequestObjectVerifier } from './request-objects/request-object-verifier.js';
import { ResponseModeRegistry } from './response-modes/response-mode.js';
import { ResponseTypeRegistry } from './response-types/response-type-registry.js';
import { SUBJECT_TYPES } from './subject-identifiers.js';
import { UiLocales } from './ui-locales.js';

/** The metadata document, read from what there is: what is advertised works, what is off is absent. */
@Injectable()
export class Metadata {
  constructor(
    private readonly options: ServerOptions,
    private readonly endpoints: EndpointRegistry,
    private readonly grants: GrantRegistry,
    private readonly responseTypes: ResponseTypeRegistry,
    private readonly responseModes: ResponseModeRegistry,
    private readonly clientAuth: ClientAuthenticator,
    private readonly claims: ClaimsRegistry,
    private readonly jwts: ClientJwts,
    private readonly catalogue: Catalogue,
    private readonly requestObjectVerifier: RequestObjectVerifier,
    private readonly uiLocales: UiLocales,
    private readonly users: UsersService,
  ) {}

  /** Changes with every plug-in that is registered. */
  get revision(): number {
    const { endpoints, grants, responseTypes, responseModes, clientAuth, claims } = this;
    return (
      endpoints.revision +
      grants.revision +
      responseTypes.revision +
      responseModes.revision +
      clientAuth.revision +
      claims.revision
    );
  }

  /** RFC 8414 §2, in wire names. */
  async document(): Promise<Record<string, unknown>> {
    const methods = this.clientAuth.names();
    const algorithms = [...new Set(this.clientAuth.all().flatMap(({ signingAlgorithms = [] }) => signingAlgorithms))];
    const scopes = await this.catalogue.listScopes();
    return {
      issuer: this.options.issuer,
      ...this.endpointMembers(),
      scopes_supported: scopes.filter(({ administrative }) => !administrative).map(({ name }) => name),
      response_types_supported: this.responseTypes.names(),
      response_modes_supported: this.responseModes.names(),
      grant_types_supported: this.grants.names(),
      token_endpoint_auth_methods_supported: methods,
      token_endpoint_auth_signing_alg_values_supported: algorithms,
      revocation_endpoint_auth_methods_supported: methods,
      revocation_endpoint_auth_signing_alg_values_supported: algorithms,
      // RFC 7662 §2.1: a public client cannot introspect.
      introspection_endpoint_auth_methods_supported: methods.filter((method) => method !== 'none'),
      introspection_endpoint_auth_signing_alg_values_supported: algorithms,
      code_challenge_methods_supported: CODE_CHALLENGE_METHODS,
      authorization_response_iss_parameter_supported: true,
      ...this.openId(),
      ...this.uiLocalesSupported(),
      ...(this.options.pages.apiDocs && { service_documentation: this.options.url('/api/docs') }),
    };
  }

  /** OIDC Discovery §3. */
  private openId(): Record<string, unknown> {
    return {
      subject_types_supported: SUBJECT_TYPES,
      id_token_signing_alg_values_supported: this.jwts.idTokenAlgorithms(),
      id_token_encryption_alg_values_supported: KEY_MANAGEMENT_ALGORITHMS,
      id_token_encryption_enc_values_supported: CONTENT_ENCRYPTION_ALGORITHMS,
      userinfo_signing_alg_values_supported: this.jwts.userinfoAlgorithms(),
      userinfo_encryption_alg_values_supported: KEY_MANAGEMENT_ALGORITHMS,
      userinfo_encryption_enc_values_supported: CONTENT_ENCRYPTION_ALGORITHMS,
      acr_values_supported: Object.keys(this.options.authenticationContexts),
      claim_types_supported: ['normal', 'aggregated', 'distributed'],
      claims_supported: [
        'sub',
        'iss',
        'aud',
        'exp',
        'iat',
        'auth_time',
        'acr',
        'amr',
        'sid',
        ...this.claims.claimNames(),
      ],
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      claims_parameter_supported: true,
      prompt_values_supported: promptValues(this.users),
      display_values_supported: ['page', 'popup', 'touch'],
      ...this.requestObjects(),
    };
  }

  /** OIDC Discovery §3: absent members have a default that is not ours. */
  private requestObjects(): Record<string, unknown> {
    const { requestObjects, requestUris } = this.options;
    const supported = { request_parameter_supported: requestObjects, request_uri_parameter_supported: requestUris };
    if (!requestObjects && !requestUris) return supported;
    return {
      ...supported,
      ...(requestUris && { require_request_uri_registration: true }),
      request_object_signing_alg_values_supported: this.requestObjectVerifier.algorithms(),
      request_object_encryption_alg_values_supported: ENCRYPTION_ALGORITHMS,
      request_object_encryption_enc_values_supported: CONTENT_ENCRYPTIONS,
    };
  }

  private uiLocalesSupported(): { ui_locales_supported?: readonly string[] } {
    const names = this.uiLocales.names();
    return names.length > 0 ? { ui_locales_supported: names } : {};
  }

  private endpointMembers(): Record<string, unknown> {
    const members: Record<string, unknown> = {};
    for (const { metadata, path, capabilities } of this.endpoints.list()) {
      if (metadata !== undefined) members[metadata] = this.options.url(path);
      Object.assign(members, capabilities);
    }
    return members;
  }
}
