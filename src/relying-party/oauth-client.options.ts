// What a remote provider is, as whoever registers it says: every member may come from the environment instead.
import type { JWK } from 'jose';
import type { OAuthToken } from './oauth-token.js';

/** Parameters of a request; a list repeats the parameter. */
export type RequestParams = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Members of the provider's metadata (RFC 8414 §2, OIDC Discovery §3): in place of the document, or over what it says. */
export interface ProviderMetadata {
  issuer?: string;
  /** The provider's public keys, as a JWK Set. */
  jwks?: object;
  jwks_uri?: string;
  userinfo_endpoint?: string;
  end_session_endpoint?: string;
  revocation_endpoint?: string;
  introspection_endpoint?: string;
  pushed_authorization_request_endpoint?: string;
  [member: string]: unknown;
}

/** Adds what proves the client to a request at the provider: an authentication method of one's own. */
export type ClientAuthenticator = (request: {
  url: URL;
  body: URLSearchParams;
  headers: Headers;
  clientId: string;
  clientSecret?: string;
}) => void | Promise<void>;

/** How the client proves who it is at the token endpoint. */
export type ClientAuthMethod =
  'client_secret_basic' | 'client_secret_post' | 'client_secret_jwt' | 'private_key_jwt' | 'none';

/** Claims about a user, under the names of OIDC Core §5.1. */
export type UserClaims = Readonly<Record<string, unknown>>;

/**
 * For providers that do not follow the specification: each one gets what is about to be sent, or what was answered, and
 * gives what shall be sent or read in its place.
 */
export interface ComplianceHooks {
  accessTokenResponse?: (response: Response) => Response | Promise<Response>;
  refreshTokenRequest?: (request: Request) => Request | Promise<Request>;
  refreshTokenResponse?: (response: Response) => Response | Promise<Response>;
  revokeTokenRequest?: (request: Request) => Request | Promise<Request>;
  introspectTokenRequest?: (request: Request) => Request | Promise<Request>;
  /** Calls to the API. */
  protectedRequest?: (request: Request) => Request | Promise<Request>;
  /**
   * What userinfo answers, as the claims of OIDC Core §5.1: `sub` at least. What it does not hold `get` reads, with the same
   * token: the JSON at a path below `apiBaseUrl`, undefined when the provider refuses.
   */
  userinfo?: (json: unknown, get: (path: string) => Promise<unknown>) => UserClaims | Promise<UserClaims>;
}

/** The request that is being answered: whose token is asked for depends on it. */
export interface TokenContext {
  /** Fastify's or Express's; absent outside of a request. */
  request?: unknown;
}

/** What a renewed token takes the place of: one of the two. */
export interface ReplacedToken {
  refreshToken?: string;
  accessToken?: string;
}

/** A remote provider, and this application as its client. */
export interface OAuthClientOptions {
  /** What is known of a provider already, e.g. `google`: the members below go before it. */
  preset?: string;
  clientId?: string;
  /** Absent: a public client, or one that proves itself by a key. */
  clientSecret?: string;
  /** OAuth 1.0a: where temporary credentials are requested. Its presence makes the client one of OAuth 1.0a. */
  requestTokenUrl?: string;
  requestTokenParams?: RequestParams;
  accessTokenUrl?: string;
  accessTokenParams?: RequestParams;
  /** @default `accessTokenUrl` */
  refreshTokenUrl?: string;
  refreshTokenParams?: RequestParams;
  authorizeUrl?: string;
  authorizeParams?: RequestParams;
  /** What paths of {@link OAuthClient.get} and its like are relative to. */
  apiBaseUrl?: string;
  /** OpenID Connect, or RFC 8414: the URL of the document, or the issuer. */
  serverMetadataUrl?: string;
  metadata?: ProviderMetadata;
  /** Scope values, separated by spaces; with `openid` it is a sign-in. */
  scope?: string;
  /** @default `client_secret_basic` with a secret, `private_key_jwt` with a key, else `none` */
  tokenEndpointAuthMethod?: ClientAuthMethod | ClientAuthenticator;
  /** Private key of `private_key_jwt`, signed request objects, and RSA-SHA1: PEM or a JWK. */
  privateKey?: string | JWK;
  /** Names `privateKey` in what is signed with it. @default the `kid` of the JWK */
  keyId?: string;
  /** Apple: the team whose key `privateKey` is. */
  teamId?: string;
  /** PKCE; `false` where the provider cannot do it. @default "S256" */
  codeChallengeMethod?: 'S256' | false;
  /** @default "code" */
  responseType?: 'code' | 'code id_token';
  /**
   * `form_post`: the provider's page posts the answer; its cookies need https, or http on localhost. With `.jwt` the answer is
   * signed (JARM). @default "query" ("form_post" for hybrid)
   */
  responseMode?: 'query' | 'form_post' | 'query.jwt' | 'form_post.jwt';
  /** Pushed authorization requests (RFC 9126). @default where the provider requires them */
  par?: boolean;
  /** Signed request objects (RFC 9101), with `privateKey`. @default where the provider requires them */
  requestObject?: boolean;
  /** Sender-constrained tokens (RFC 9449): `true` makes a key for the life of the process; a private JWK stays. Others are refused then. @default false */
  dpop?: boolean | JWK;
  /** Do ID tokens carry the nonce that was sent? @default true */
  nonceSupported?: boolean;
  /** Algorithms of ID tokens. @default those of the provider's metadata, RS256 and ES256 without; never `none` */
  idTokenSigningAlgs?: readonly string[];
  /** OAuth 1.0a. @default "HMAC-SHA1" */
  signatureMethod?: 'HMAC-SHA1' | 'RSA-SHA1' | 'PLAINTEXT';
  /** Where the access token goes in calls to the API. @default "header" */
  tokenPlacement?: 'header' | 'body' | 'uri';
  /** Seconds before its end at which a token is renewed, but not before half of its life. @default 60 */
  leeway?: number;
  /** Seconds by which clocks may differ. @default 120 */
  clockTolerance?: number;
  /** Milliseconds for one request to the provider. @default 10000 */
  timeout?: number;
  /** @default "nest-authorization-server" */
  userAgent?: string;
  /** The token of whoever the request is made for. @default that of the session which `@SignInWith` began */
  fetchToken?: (
    name: string,
    context: TokenContext,
  ) => OAuthToken | null | undefined | Promise<OAuthToken | null | undefined>;
  /** Told of a renewed token: whoever keeps tokens puts it in the place of the other one. */
  updateToken?: (token: OAuthToken, replaced: ReplacedToken, context: TokenContext) => void | Promise<void>;
  compliance?: ComplianceHooks;
  /** What the pages call the provider. @default the name */
  label?: string;
}
