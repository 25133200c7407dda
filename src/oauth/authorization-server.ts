// The protocol without HTTP: what the controllers call, ours and a host application's.
// @see RFC 6749 §3 https://www.rfc-editor.org/rfc/rfc6749#section-3
import { Injectable } from '@nestjs/common';
import { jsonResponse, NO_STORE, type OAuthRequest, type OAuthResponse } from '../common/http.js';
import { UnauthorizedClientError, UnsupportedGrantTypeError } from '../common/oauth-error.js';
import { ClientAuthenticator } from './client-auth/client-authenticator.js';
import { readForm } from './endpoints/endpoint-handler.js';
import { GrantRegistry } from './grants/grant-registry.js';
import { Introspection } from './introspection.js';
import { Revocation } from './revocation.js';

@Injectable()
export class AuthorizationServer {
  constructor(
    private readonly authenticator: ClientAuthenticator,
    private readonly grants: GrantRegistry,
    private readonly introspection: Introspection,
    private readonly revocation: Revocation,
  ) {}

  /**
   * Answers a token request.
   * @throws OAuthError
   * @see RFC 6749 §3.2
   */
  async createTokenResponse(request: OAuthRequest): Promise<OAuthResponse> {
    const parameters = readForm(request);
    const client = await this.authenticator.authenticate(request, parameters);
    const grantType = parameters.require('grant_type');
    const grant = this.grants.find(grantType);
    if (!grant?.respond) throw new UnsupportedGrantTypeError('The grant_type is not supported.');
    if (!client.allowsGrantType(grantType))
      throw new UnauthorizedClientError('The client is not registered for this grant_type.');
    return jsonResponse(200, await grant.respond({ client, parameters, request }), NO_STORE);
  }

  /**
   * Answers an introspection request.
   * @throws OAuthError
   * @see RFC 7662 §2
   */
  async createIntrospectionResponse(request: OAuthRequest): Promise<OAuthResponse> {
    const parameters = readForm(request);
    const client = await this.authenticator.authenticate(request, parameters);
    const token = parameters.require('token');
    return jsonResponse(200, await this.introspection.introspect(client, token), NO_STORE);
  }

  /**
   * Answers a revocation request.
   * @throws OAuthError
   * @see RFC 7009 §2
   */
  async createRevocationResponse(request: OAuthRequest): Promise<OAuthResponse> {
    const parameters = readForm(request);
    const client = await this.authenticator.authenticate(request, parameters);
    await this.revocation.revoke(client, parameters.require('token'));
    return { status: 200, headers: { ...NO_STORE }, body: '' };
  }
}
