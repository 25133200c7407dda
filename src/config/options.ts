// Every option of the server, with its default, in one typed object that is frozen after the start.
import type { IdentityProviders } from './identity-providers.js';

/** What a token generator is told. */
export interface TokenGeneratorContext {
  clientId: string;
  grantType: string;
  /** Absent when no user is involved. */
  userId?: string;
  scope: readonly string[];
}

/** Makes the text of an opaque token: at least 256 bits that nobody can guess. */
export type TokenGenerator = (context: TokenGeneratorContext) => string | Promise<string>;

/** How long what is issued lives, in seconds. */
export interface Lifetimes {
  /** Authorization code. @default 60 */
  authorizationCode: number;
  /** Device code and user code. @default 900 (15 minutes) */
  deviceCode: number;
  /** Access token; `accessTokenByGrantType` and the client's `access_token_lifetime` go before it. @default 3600 */
  accessToken: number;
  /** Access token by grant type, e.g. `{ implicit: 600 }`. @default {} */
  accessTokenByGrantType: Readonly<Record<string, number>>;
  /** Refresh token that is not used. @default 2592000 (30 days) */
  refreshToken: number;
  /** Refresh token and all its successors together. @default 15552000 (180 days) */
  refreshTokenAbsolute: number;
  /** How long a rotated refresh token still gets its successor again. @default 30 */
  refreshTokenGrace: number;
  /** Browser session that is not used. @default 28800 (8 hours) */
  sessionIdle: number;
  /** Browser session, whatever is done with it. @default 604800 (7 days) */
  sessionAbsolute: number;
  /** ID token. @default 3600 */
  idToken: number;
  /** The time that people have to sign in and consent. @default 3600 */
  interaction: number;
}

/** Public keys of who signs software statements: one of the two. */
export interface SoftwareStatementIssuer {
  /** A JWK Set. */
  jwks?: object;
  /** Where the JWK Set is. */
  jwks_uri?: string;
}

/** Somebody whose assertions about users are grants (RFC 7523 §2.1): one of `jwks` and `jwksUri`, and what they may say. */
export interface AssertionIssuer {
  /** A JWK Set. */
  jwks?: object;
  /** Where the JWK Set is: https, at a public address or a host of `outboundAllowList`. */
  jwksUri?: string;
  /** Algorithms of signatures. @default all that there are: RS256, PS256, ES256, EdDSA, Ed25519 */
  algorithms?: readonly string[];
  /** Ids of the clients that may present the assertions. @default every client that has the grant type */
  clients?: readonly string[];
  /**
   * Scope values, separated by spaces, that tokens may have at most; administration scopes only where they are named here.
   * @default what the client is registered for
   */
  scope?: string;
  /** What of a user `sub` is; an e-mail address must be verified. @default "id" */
  subject?: 'id' | 'username' | 'email';
}

/** How the pages look. */
export interface Theme {
  /** Shown on every page. @default "Authorization Server" */
  name: string;
  /** A logo: its path at the issuer's host, or its https URL. @default none */
  logoUrl?: string;
  /** Colour of buttons and links, `#rrggbb` or `#rgb`. @default none: the stylesheet's */
  accentColor?: string;
  /** Radius of rounded corners, in px or rem: `8px`. @default none: the stylesheet's */
  radius?: string;
}

/**
 * Pages of an application that take the place of ours: paths at the issuer's host, or URLs at its origin. They are opened with
 * the query parameter `interaction`, and do their work with the JSON API below `/oauth/interaction`, or with `Interactions`.
 */
export interface InteractionPages {
  /** Where people sign in; with `next` in place of `interaction` when no client waits, but a page of ours. @default ours */
  signIn?: string;
  /** Where people create an account (`prompt=create`). @default that of `signIn` */
  signUp?: string;
  /** Where people choose the account to go on with. @default ours */
  selectAccount?: string;
  /** Where people say what a client may do. @default ours */
  consent?: string;
}

/** Which of the pages there are. */
export interface Pages {
  /** Signing in, the choice among accounts, consent. @default true */
  signIn: boolean;
  /** Where people enter the codes of devices; `DeviceVerification` helps an application that has its own at `/device`. @default true */
  device: boolean;
  /** The first page, at the issuer itself. @default true */
  home: boolean;
  /** One's own password, applications and sessions. @default true */
  account: boolean;
  /** One's own clients. @default true */
  clients: boolean;
  /** The documentation of the JSON APIs. @default true */
  apiDocs: boolean;
}

/**
 * A client as the host application tells it: metadata of RFC 7591 §2 and the members of this server, as they are
 * registered by the API (`redirect_uris`, `scope`, `grant_types`, `jwks_uri`, `skip_consent`, …), with its secret.
 */
export interface HostClient {
  /** In clear, 32 to 512 characters; needed for `client_secret_jwt`. */
  client_secret?: string | null;
  /** In its place: the SHA-256 of the secret, in hexadecimal digits. For secrets of 256 random bits only. */
  client_secret_sha256?: string | null;
  /** Gets nothing any more. @default false */
  disabled?: boolean | null;
  [member: string]: unknown;
}

/** Options of the server; what is not given has its default. */
export interface AuthorizationServerOptions {
  /** The issuer, exactly as clients know it: https, or http on a loopback host. */
  issuer: string;
  /** At least one secret of at least 32 characters; the first one seals, the others still open. */
  secretKeys: readonly string[];
  /** Refuses development settings. @default false */
  production: boolean;
  /** `postgres://` URL of PostgreSQL 15 or newer. @default none: the data source of a host application */
  databaseUrl?: string;
  /** Connections to the database. @default 10 */
  databasePoolSize: number;
  /** Dynamic client registration. @default "open" in development, "off" in production */
  registration: 'open' | 'token' | 'off';
  /** Registrations without an initial access token that one address may try in an hour, at each instance; 0: any number. @default 300 */
  registrationsPerHour: number;
  /** Seconds after which a registered client that never got a token is removed; 0: never. @default 2592000 (30 days) */
  unusedRegistrationLifetime: number;
  /** Clients registered without an initial access token that may wait for their first token; beyond it the oldest are removed after an hour. @default 10000 */
  unusedRegistrations: number;
  /** Device authorization requests of public clients that one address may make in an hour, at each instance; 0: any number. @default 300 */
  deviceRequestsPerHour: number;
  /** Whose software statements count, by issuer. @default {} */
  softwareStatementIssuers: Readonly<Record<string, SoftwareStatementIssuer>>;
  /** Whose assertions about users are grants (RFC 7523 §2.1), by issuer: `{ 'https://idp.example': { jwksUri, subject: 'email' } }`. @default {} */
  assertionIssuers: Readonly<Record<string, AssertionIssuer>>;
  /** May people create their own account? @default true in development, false in production */
  signUp: boolean;
  /** Identity providers with which people sign in here, by name: `{ google: { clientId, clientSecret } }`. @default {} */
  identityProviders: IdentityProviders;
  /** Who may create clients on the pages. @default "users" in development, "admins" in production */
  clientCreation: 'users' | 'admins';
  /** `all`: PKCE is required of every client unless its registration exempts it; `public`: of public clients. @default "all" */
  pkceRequired: 'all' | 'public';
  /** Audience of assertions: the issuer alone, or endpoint URLs too. @default "issuer" */
  assertionAudience: 'issuer' | 'endpoints';
  /** `host` or `host:port` that URLs of clients may name although it is private, also with http. @default [] */
  outboundAllowList: readonly string[];
  /** Format of access tokens where neither resource nor client decides. @default "opaque" */
  accessTokenFormat: string;
  /** Makes opaque access tokens. @default 256 random bits */
  accessTokenGenerator?: TokenGenerator;
  /** Makes refresh tokens that begin a family; their successors are derived. @default 256 random bits */
  refreshTokenGenerator?: TokenGenerator;
  /** `error_uri` by error code. @default {} */
  errorUris: Readonly<Record<string, string>>;
  /** Lifetimes in seconds. */
  lifetimes: Lifetimes;
  /** Grant types that are switched off, e.g. `["password"]`. @default [] */
  disabledGrantTypes: readonly string[];
  /**
   * Authentication context classes, each with the methods that it takes (RFC 8176): of those that a sign-in meets the one
   * that the client asks for is told, else the one with the most methods.
   * @default { "1": ["pwd"] }
   */
  authenticationContexts: Readonly<Record<string, readonly string[]>>;
  /** May clients of the code flow register ID tokens that are not signed? @default false */
  unsignedIdTokens: boolean;
  /** May clients send request objects in the parameter `request` (RFC 9101)? @default true */
  requestObjects: boolean;
  /** May clients refer to request objects by `request_uri`, at URLs that they have registered? @default true */
  requestUris: boolean;
  /** May request objects be unsigned, of clients that have not registered an algorithm? They prove nothing. @default false */
  unsignedRequestObjects: boolean;
  /** Which of the pages there are. @default all of them */
  pages: Pages;
  /** Name, logo and colours of the pages. */
  theme: Theme;
  /** Pages of an application in place of ours. */
  interactionPages: InteractionPages;
  /** Directory whose templates take the place of ours, one by one. @default none */
  templatesDirectory?: string;
  /** Languages of the pages, as BCP 47 tags. @default all that there are: en, de, fr, es, zh, ja and those of `messagesDirectory` */
  locales?: readonly string[];
  /** Language of the pages where neither the client nor the browser asks for one of them. @default "en" */
  defaultLocale: string;
  /** Directory of messages by language, `de.yaml` or `pt-BR.json`: they take the place of ours, one by one, or add a language. @default none */
  messagesDirectory?: string;
  /**
   * Clients of the host application: asked about an id that is not registered here. They are checked like those that
   * are, and cannot be changed here. @default none
   */
  queryClient?: (clientId: string) => Promise<HostClient | null | undefined>;
  /** Is it the origin of pages of one of the public clients of `queryClient`, which may call the token endpoint? @default none is */
  queryBrowserOrigin?: (origin: string) => Promise<boolean>;
  /** Seconds for which answers of the host's `@UserStore` and of `queryClient` are kept; 0: not at all. @default 5 */
  hostCache: number;
  /** Removes what has expired, continuously. @default true */
  cleanUp: boolean;
  /** Seconds that a key of the server is in use before its successor takes over; 0: only `keys rotate` makes one. @default 7776000 (90 days) */
  keyRotation: number;
  /** Seconds that a key is published before it is in use; caches may keep the published keys for half of it, at most 300. @default 86400 (1 day) */
  keyPublishAhead: number;
}

const DEFAULT_LIFETIMES: Lifetimes = {
  authorizationCode: 60,
  deviceCode: 900,
  accessToken: 3600,
  accessTokenByGrantType: {},
  refreshToken: 30 * 86400,
  refreshTokenAbsolute: 180 * 86400,
  refreshTokenGrace: 30,
  sessionIdle: 8 * 3600,
  sessionAbsolute: 7 * 86400,
  idToken: 3600,
  interaction: 3600,
};

const ALL_PAGES: Pages = { signIn: true, device: true, home: true, account: true, clients: true, apiDocs: true };

/** What must be given; everything else has a default. */
export type AuthorizationServerOptionsInput = Pick<
  AuthorizationServerOptions,
  'issuer' | 'secretKeys' | 'databaseUrl'
> &
  Partial<Omit<AuthorizationServerOptions, 'lifetimes' | 'pages' | 'theme'>> & {
    lifetimes?: Partial<Lifetimes>;
    pages?: Partial<Pages>;
    theme?: Partial<Theme>;
  };

/** The options as every service injects them: complete and frozen. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the constructor assigns every member
export class ServerOptions {
  /** Path of the issuer without the last slash: `''` or `/tenant`. */
  readonly basePath: string;
  /** Origin of the issuer. */
  readonly origin: string;
  /** Is everything served over https, so that cookies can be `Secure` and `__Host-` prefixed? */
  readonly secure: boolean;

  private constructor(values: AuthorizationServerOptions) {
    const issuer = new URL(values.issuer);
    this.basePath = issuer.pathname.replace(/\/$/, '');
    this.origin = issuer.origin;
    this.secure = issuer.protocol === 'https:';
    for (const [member, page] of Object.entries(values.interactionPages) as [string, string | undefined][]) {
      if (page !== undefined && !isPageAt(this.origin, page))
        throw new Error(`interactionPages.${member}: must be a path, or a URL at the issuer's origin ${this.origin}`);
    }
    Object.assign(this, values);
    Object.freeze(values.lifetimes);
    Object.freeze(this);
  }

  /** Where people go who are not on their way anywhere: home, or the home of the application around. */
  get home(): string {
    return this.pages.home ? `${this.basePath}/` : '/';
  }

  /**
   * Completes what was given with the defaults.
   * @throws Error when a page of `interactionPages` is not at the issuer's origin
   */
  static from(input: AuthorizationServerOptionsInput): ServerOptions {
    const production = input.production ?? false;
    return new ServerOptions({
      databasePoolSize: 10,
      registration: production ? 'off' : 'open',
      registrationsPerHour: 300,
      deviceRequestsPerHour: 300,
      unusedRegistrationLifetime: 30 * 86400,
      unusedRegistrations: 10_000,
      softwareStatementIssuers: {},
      assertionIssuers: {},
      signUp: !production,
      identityProviders: {},
      clientCreation: production ? 'admins' : 'users',
      pkceRequired: 'all',
      assertionAudience: 'issuer',
      outboundAllowList: [],
      accessTokenFormat: 'opaque',
      errorUris: {},
      disabledGrantTypes: [],
      authenticationContexts: { '1': ['pwd'] },
      unsignedIdTokens: false,
      requestObjects: true,
      requestUris: true,
      unsignedRequestObjects: false,
      interactionPages: {},
      defaultLocale: 'en',
      hostCache: 5,
      cleanUp: true,
      keyRotation: 90 * 86400,
      keyPublishAhead: 86400,
      ...input,
      production,
      lifetimes: { ...DEFAULT_LIFETIMES, ...input.lifetimes },
      pages: { ...ALL_PAGES, ...input.pages },
      theme: { name: 'Authorization Server', ...input.theme },
    });
  }

  /** Absolute URL of a path of this server. */
  url(path: string): string {
    return `${this.origin}${this.basePath}${path}`;
  }
}

/** Is the page of `interactionPages` at this origin? The browser's cookies get there, and nowhere else is anybody sent. */
export function isPageAt(origin: string, page: string): boolean {
  const url = URL.canParse(page, origin) ? new URL(page, origin) : undefined;
  return url?.origin === origin && !url.pathname.startsWith('//');
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- see the class
export interface ServerOptions extends Readonly<AuthorizationServerOptions> {}
