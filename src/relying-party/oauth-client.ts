// A remote provider as the application uses it.
import type { HttpReply, HttpRequest } from '../common/http.js';
import type { LogoutToken } from './logout-tokens.js';
import type { RequestParams, TokenContext } from './oauth-client.options.js';
import type { OAuthToken, UserInfo } from './oauth-token.js';

/** A reply of Fastify or Express. */
export type ClientReply = HttpReply;

/** A request of Fastify or Express. */
export type ClientRequest = HttpRequest;

/** Where to send the browser, and what has to be remembered for the answer. */
export interface AuthorizationUrl {
  url: string;
  state: string;
  /** What belongs to the state: only {@link OAuthClient.saveAuthorizationData} reads it. */
  data: Readonly<Record<string, unknown>>;
}

/** Of a callback. */
export interface AuthorizeAccessTokenOptions {
  /** Takes the used state out of the browser. Express requests know it. */
  reply?: ClientReply;
  /** Parameters that the token request has beside those of the specification. */
  params?: RequestParams;
}

/** A call to the provider's API. */
export interface ApiRequestOptions extends TokenContext {
  /** @default that of `fetchToken` */
  token?: OAuthToken;
  /** Sends none. */
  withholdToken?: boolean;
  headers?: Readonly<Record<string, string>>;
  query?: RequestParams;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as `application/x-www-form-urlencoded`. */
  form?: RequestParams;
  body?: string | Uint8Array;
  signal?: AbortSignal;
}

/** Parameters of RP-Initiated Logout §2. */
export interface LogoutParams {
  idTokenHint?: string;
  logoutHint?: string;
  /** @default made, where there is a redirect URI */
  state?: string;
  uiLocales?: string;
  /** @default the client's own */
  clientId?: string;
}

/** Where to send the browser to be signed out, and what has to be remembered for the way back. */
export interface LogoutUrl {
  url: string;
  /** Undefined without a redirect URI: nobody comes back. */
  state: string | undefined;
  postLogoutRedirectUri: string | undefined;
}

/** What an introspection endpoint answers (RFC 7662 §2.2). */
export interface IntrospectionAnswer {
  active: boolean;
  [member: string]: unknown;
}

/** An assertion that is to be exchanged for a token (RFC 7523 §2.1); renewed by itself when it was made here. */
export interface AssertionOptions {
  /** The JWT itself, or what makes one at every renewal. Absent: made and signed with `privateKey`. */
  assertion?: string | (() => string | Promise<string>);
  /** @default the issuer */
  subject?: string;
  /** @default `clientId` */
  issuer?: string;
  /** @default the issuer of the provider, or the token endpoint */
  audience?: string;
  claims?: Readonly<Record<string, unknown>>;
  scope?: string;
}

/**
 * A remote provider as the application uses it: sends people there, reads what comes back, calls its API.
 * Everything that fails throws an {@link OAuthClientError}.
 */
export interface OAuthClient {
  /** Under which it is registered. */
  readonly name: string;
  readonly label: string;
  readonly protocol: 'oauth1' | 'oauth2' | 'oidc';

  /** What the provider says of itself, or the options: loaded when first needed, kept for a while. */
  serverMetadata(): Promise<Readonly<Record<string, unknown>>>;

  /** Where to send the browser. Nothing is remembered: see {@link saveAuthorizationData}. */
  createAuthorizationUrl(redirectUri: string, params?: RequestParams): Promise<AuthorizationUrl>;
  /** Binds the state to the browser of this reply, for ten minutes. */
  saveAuthorizationData(reply: ClientReply, authorization: AuthorizationUrl): Promise<void>;
  /** Sends the browser to the provider: {@link createAuthorizationUrl} and {@link saveAuthorizationData}. */
  authorizeRedirect(reply: ClientReply, redirectUri: string, params?: RequestParams): Promise<void>;
  /**
   * Reads the answer at the callback and exchanges the code. With `openid` the ID token was validated: `token.userinfo`.
   */
  authorizeAccessToken(request: ClientRequest, options?: AuthorizeAccessTokenOptions): Promise<OAuthToken>;

  /** @param token default: as of {@link get}. `sub` is compared with that of `token.userinfo` */
  userinfo(token?: OAuthToken, context?: TokenContext): Promise<UserInfo>;

  /**
   * A call to the API with the token of whoever it is made for: renewed before it ends, and once more when the provider
   * refuses it. Every status is an answer, redirects too; the answer has been read, and is not larger than 1 MiB.
   * @param path relative to `apiBaseUrl`, or a URL at its origin
   * @throws OAuthClientError `missing_token`, `token_invalid`, `provider_unavailable`
   * @example const { login } = (await (await client.get('user', { request })).json()) as { login: string };
   */
  get(path: string, options?: ApiRequestOptions): Promise<Response>;
  post(path: string, options?: ApiRequestOptions): Promise<Response>;
  put(path: string, options?: ApiRequestOptions): Promise<Response>;
  patch(path: string, options?: ApiRequestOptions): Promise<Response>;
  delete(path: string, options?: ApiRequestOptions): Promise<Response>;
  request(method: string, path: string, options?: ApiRequestOptions): Promise<Response>;

  /** A new token for this one; whoever asks at the same moment, or within a minute with the old one, gets the same. */
  refreshToken(token: OAuthToken, params?: RequestParams, context?: TokenContext): Promise<OAuthToken>;
  /** A token of the application itself; kept, and renewed when it is about to end. */
  clientCredentials(options?: { scope?: string; params?: RequestParams }): Promise<OAuthToken>;
  /** A token for an assertion; kept, and renewed when it is about to end. */
  assertionToken(options: AssertionOptions): Promise<OAuthToken>;
  /** @see RFC 7009 §2.1 */
  revokeToken(token: string | OAuthToken, hint?: 'access_token' | 'refresh_token'): Promise<void>;
  /** @see RFC 7662 §2.1 */
  introspectToken(token: string | OAuthToken, hint?: 'access_token' | 'refresh_token'): Promise<IntrospectionAnswer>;

  /** Where to send the browser to be signed out, and the state: made and to be kept only where there is a redirect URI. */
  createLogoutUrl(postLogoutRedirectUri?: string, params?: LogoutParams): Promise<LogoutUrl>;
  /** Binds the state of a sign-out to the browser of this reply, for ten minutes. */
  saveLogoutData(reply: ClientReply, logout: LogoutUrl): Promise<void>;
  /** Signs out at the provider (RP-Initiated Logout §2): {@link createLogoutUrl} and {@link saveLogoutData}. */
  logoutRedirect(reply: ClientReply, postLogoutRedirectUri?: string, params?: LogoutParams): Promise<void>;
  /** The way back: once, in the same browser. */
  validateLogoutResponse(
    request: ClientRequest,
    options?: { reply?: ClientReply },
  ): Promise<{ postLogoutRedirectUri: string }>;

  /**
   * What the provider says has ended there (Back-Channel Logout §2.4): once for each token. `@ReceiveLogout` does it.
   * @param from the token, or the request that posts it
   */
  validateLogoutToken(from: string | ClientRequest): Promise<LogoutToken>;
}
