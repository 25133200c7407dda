// The protocol without HTTP, for host applications that want controllers of their own: ours answer by the same endpoints.
// @see RFC 6749 §3 https://www.rfc-editor.org/rfc/rfc6749#section-3
import { Injectable } from '@nestjs/common';
import type { OAuthRequest, OAuthResponse } from '../common/http.js';
import type { PluginOptions } from '../common/plugin.js';
import type { TokenGenerator } from '../config/options.js';
import type { TokenFormat } from '../tokens/formats/token-format.js';
import { TokenFormats } from '../tokens/token-formats.js';
import type { TokenKind } from '../tokens/token-generators.js';
import { TokenIssuer } from '../tokens/token-issuer.js';
import { AuthorizationError } from './authorization-request.js';
import { ClaimsRegistry } from './claims/claims-registry.js';
import type { ClaimsSource } from './claims/claims-source.js';
import { ClientAuthenticator } from './client-auth/client-authenticator.js';
import type { ClientAuth } from './client-auth/client-auth.js';
import { checkMethod } from './endpoints/endpoint-handler.js';
import {
  type EndpointOptions,
  EndpointRegistry,
  type EndpointReplacement,
  type EndpointResponder,
} from './endpoints/endpoint.js';
import { ErrorResponses } from './endpoints/error-responses.js';
import type { Grant } from './grants/grant.js';
import { GrantRegistry } from './grants/grant-registry.js';
import {
  type AuthorizationDecision,
  type ConsentRequest,
  HostAuthorization,
  type SignedIn,
} from './host-authorization.js';
import type { LogoutRequest } from './logout/logout-requests.js';
import { type ResponseMode, ResponseModeRegistry } from './response-modes/response-mode.js';
import { ResponseTypeRegistry } from './response-types/response-type-registry.js';
import type { ResponseType } from './response-types/response-type.js';

/**
 * The authorization server as an injectable service.
 *
 * @example
 * \@Controller('my-token')
 * export class MyTokenController {
 *   constructor(private readonly server: AuthorizationServer) {}
 *
 *   \@Post()
 *   async token(\@Req() request: HttpRequest, \@Res() reply: HttpReply): Promise<void> {
 *     sendResponse(reply, await this.server.createTokenResponse(toOAuthRequest(request)));
 *   }
 * }
 */
@Injectable()
export class AuthorizationServer {
  constructor(
    private readonly endpoints: EndpointRegistry,
    private readonly errors: ErrorResponses,
    private readonly authorization: HostAuthorization,
    private readonly grants: GrantRegistry,
    private readonly clientAuth: ClientAuthenticator,
    private readonly formats: TokenFormats,
    private readonly responseTypes: ResponseTypeRegistry,
    private readonly responseModes: ResponseModeRegistry,
    private readonly claims: ClaimsRegistry,
    private readonly issuer: TokenIssuer,
  ) {}

  /**
   * Checks an authorization request, of which the host's own pages ask the user: by GET, or posted. In `needs` it says what is to
   * be done first.
   *
   * @param signedIn who is signed in: a session of this server, or the host's word
   * @throws AuthorizationError when the client may be told of what is wrong: send `createErrorResponse(error)`
   * @throws OAuthError when client or redirect URI are not proven: show it to the user, and redirect nowhere
   * @see RFC 6749 §4.1.1, §4.1.2.1
   * @example
   * const consent = await server.validateConsentRequest(toOAuthRequest(request), { userId, authTime, amr: ['pwd'] });
   * if (consent.needs === 'consent') return render({ client: consent.client.name, scope: consent.consentScope });
   */
  validateConsentRequest(request: OAuthRequest, signedIn?: SignedIn): Promise<ConsentRequest> {
    return this.authorization.validate(request, signedIn);
  }

  /**
   * Answers an authorization request, which is checked again from top to bottom: with a code, tokens, or an error at the
   * redirect URI; with JSON when client or redirect URI are not proven.
   *
   * Who signs people in by itself protects its consent form against forgery (CSRF) by itself. Without a session of this server
   * the tokens of an OpenID request without `offline_access` end by their lifetime, there is no `sid` and no `session_state`,
   * and no client is told when the user signs out.
   *
   * @param request the request, whose parameters may be in the URL of the posted form; or what
   * `validateConsentRequest` returned: `consent_required` when the client was changed since, so that it would be given more than that
   * @see RFC 6749 §4.1.2
   * @example
   * const user = { userId, authTime, amr: ['pwd'] };
   * const response = await server.createAuthorizationResponse(toOAuthRequest(request), { user, consent: 'allow' });
   */
  async createAuthorizationResponse(
    request: OAuthRequest | ConsentRequest,
    decision: AuthorizationDecision,
  ): Promise<OAuthResponse> {
    try {
      return await this.authorization.answer(request, decision);
    } catch (error) {
      return this.errors.of(error, 'reference' in request ? request.reference : undefined);
    }
  }

  /**
   * Answers a token request; what is wrong with it is in the answer.
   * @see RFC 6749 §3.2
   */
  createTokenResponse(request: OAuthRequest): Promise<OAuthResponse> {
    return this.createEndpointResponse('token', request);
  }

  /**
   * Answers a request to the endpoint of this name, e.g. `revocation`, `introspection`, `userinfo`, `registration`,
   * `client_configuration` (the client id ends the path), `device_authorization`, `jwks`, `metadata`, `openid_configuration`, or one of the host's;
   * what is wrong with the request is in the answer.
   *
   * @throws Error when there is no such endpoint, or its answers are pages (`authorization`, `end_session`)
   * @example const response = await server.createEndpointResponse('revocation', toOAuthRequest(request));
   */
  async createEndpointResponse(name: string, request: OAuthRequest): Promise<OAuthResponse> {
    const endpoint = this.endpoints.get(name);
    if (!endpoint.respond) throw new Error(`@Endpoint('${name}') answers with pages: it has no answer without HTTP.`);
    try {
      checkMethod(this.endpoints.describe(name) as EndpointOptions, request.method);
      return await endpoint.respond(request);
    } catch (error) {
      return this.errors.of(error, request.reference);
    }
  }

  /**
   * Checks a request to an endpoint before a page asks the user about it.
   *
   * @returns what the endpoint has read; of `end_session` the `LogoutRequest`: without its `hint` the user is asked, and
   * `LogoutRequests.redirectOf` says where they go afterwards
   * @throws OAuthError when anything is wrong with the request
   * @throws Error when there is no such endpoint, or nothing to ask at it
   * @example const logout = await server.validateEndpointRequest('end_session', toOAuthRequest(request));
   */
  validateEndpointRequest(name: 'end_session', request: OAuthRequest): Promise<LogoutRequest>;
  validateEndpointRequest(name: string, request: OAuthRequest): Promise<unknown>;
  async validateEndpointRequest(name: string, request: OAuthRequest): Promise<unknown> {
    const endpoint = this.endpoints.get(name);
    if (!endpoint.validate) throw new Error(`@Endpoint('${name}') has nothing to ask a user about.`);
    checkMethod(this.endpoints.describe(name) as EndpointOptions, request.method);
    return endpoint.validate(request);
  }

  /**
   * An error as the answer that it is: an `AuthorizationError` at the client's redirect URI, any other one as the JSON of
   * RFC 6749 §5.2; what is no error of the protocol is logged, and a `server_error`.
   *
   * @param reference names the request in the log
   */
  async createErrorResponse(error: unknown, reference?: string): Promise<OAuthResponse> {
    return error instanceof AuthorizationError ? this.authorization.refuse(error) : this.errors.of(error, reference);
  }

  /**
   * Adds a grant type, as `@Grant` does; like everything registered here it counts, and is in the metadata, at once.
   * @throws Error when there is one of this name and `replaces` was not said
   * @example server.registerGrant('urn:example:magic-link', { respond: (request) => this.redeem(request) });
   */
  registerGrant(name: string, grant: Grant, options?: PluginOptions): void {
    this.grants.register(name, grant, options);
  }

  /** Adds a client authentication method, as `@ClientAuth` does. @throws Error when there is one of this name */
  registerClientAuthMethod(name: string, method: ClientAuth, options?: PluginOptions): void {
    this.clientAuth.register(name, method, options);
  }

  /** Adds a format of access tokens, as `@TokenFormat` does. @throws Error when there is one of this name */
  registerTokenFormat(name: string, format: TokenFormat, options?: PluginOptions): void {
    this.formats.register(name, format, options);
  }

  /** Adds a response type, as `@ResponseType` does. @throws Error when there is one of this name */
  registerResponseType(name: string, responseType: ResponseType, options?: PluginOptions): void {
    this.responseTypes.register(name, responseType, options);
  }

  /** Adds a response mode, as `@ResponseMode` does. @throws Error when there is one of this name */
  registerResponseMode(name: string, mode: ResponseMode, options?: PluginOptions): void {
    this.responseModes.register(name, mode, options);
  }

  /** Adds claims that a scope releases, as `@Claims` does. @throws Error when the scope or a claim is another source's */
  registerClaims(scope: string, source: ClaimsSource, options?: PluginOptions): void {
    this.claims.register(scope, source, options);
  }

  /**
   * Adds an endpoint that a controller of the host serves by `createEndpointResponse`, or with `replaces` gives another answer
   * at the address of one that is there.
   * @throws Error when there is one of this name and `replaces` was not said
   * @example
   * server.registerEndpoint({ name: 'ping', path: '/ping', methods: ['GET'] }, { respond: () => jsonResponse(200, {}) });
   */
  registerEndpoint(options: EndpointOptions | EndpointReplacement, endpoint: EndpointResponder): void {
    this.endpoints.register(options.name, endpoint, options);
  }

  /**
   * Makes the text of the opaque access tokens, or of the refresh tokens that begin a family, of one grant type; `default`:
   * of those without a generator of their own, before the option `accessTokenGenerator` or `refreshTokenGenerator`.
   *
   * @param grantType e.g. `client_credentials`; tokens of the authorization endpoint are `implicit` ones
   * @throws Error when there is one already and `replaces` was not said
   * @example server.registerTokenGenerator('client_credentials', () => `machine_${randomBytes(32).toString('base64url')}`);
   */
  registerTokenGenerator(
    grantType: string,
    generate: TokenGenerator,
    kind: TokenKind = 'access_token',
    options?: PluginOptions,
  ): void {
    this.issuer.useGenerator(grantType, generate, kind, options);
  }
}
