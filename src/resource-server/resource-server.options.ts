// Options of the guards: whose tokens they accept, and how these are verified.
import type { ArgumentsHost } from '@nestjs/common';
import type { JSONWebKeySet } from 'jose';
import type { BearerError } from './bearer-challenge.js';
import type { TokenExtractor } from './carrier.js';
import type { ProtectedResource } from './resources.js';
import type { Protection } from './protection.js';

/** Body and headers of a refusal; status and challenge are the guard's. */
export interface BearerErrorResponse {
  /** @default that of RFC 6750: `error` and `error_description` */
  body?: string | object;
  /** Beside `WWW-Authenticate` and `Cache-Control`. @default none */
  headers?: Readonly<Record<string, string>>;
}

/** JWTs that are verified here (RFC 9068 §4). */
export interface JwtOptions {
  /** Where the issuer's keys are. @default `jwks_uri` of its metadata */
  jwksUri?: string;
  /** The issuer's keys, where they are not to be asked for. */
  jwks?: JSONWebKeySet;
  /**
   * Signature algorithms, of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519: the token
   * never chooses. @default RS256, PS256, ES256, EdDSA, Ed25519
   */
  algorithms?: readonly string[];
  /**
   * Tokens at a time whose signature was good with the issuer's present keys: it is not checked again when they come back.
   * All else is, each time. Only hashes are kept. 0: none.
   * @default 10000
   */
  maxEntries?: number;
}

/** Tokens of which the issuer is asked (RFC 7662). Its answers must have `client_id`. */
export interface IntrospectionOptions {
  /** Where the issuer is asked. @default `introspection_endpoint` of the issuer's metadata */
  endpoint?: string;
  /** Who asks: the client that the issuer knows this application as. */
  clientId: string;
  /** Its secret, sent by `client_secret_basic`. */
  clientSecret: string;
  /** Seconds for which the answer for an active token is kept: so late a revocation is heard of. 0: it is not kept. @default 30 */
  maxAge?: number;
  /** Seconds for which it is kept that a token is not active. @default 5, and at most `maxAge` */
  maxInactiveAge?: number;
  /** Answers that are kept at a time. @default 10000 */
  maxEntries?: number;
}

/** An issuer whose tokens are accepted. */
export interface IssuerOptions {
  /** `iss`, exactly. */
  issuer: string;
  /** How its JWTs are verified here; false: by introspection, too. @default true without `introspection`, else false */
  jwt?: boolean | JwtOptions;
  /** How its opaque tokens are verified, and its JWTs where they are not verified here. */
  introspection?: IntrospectionOptions;
  /** Seconds by which clocks may differ. @default 10 */
  clockTolerance?: number;
  /** Seconds that a request to the issuer may take. @default 5 */
  timeout?: number;
  /** Seconds between two requests for the same keys or metadata, whoever presents unknown keys. @default 10 */
  cooldown?: number;
  /** Seconds for which old keys and metadata serve on while the issuer is away. @default 86400 */
  maxStale?: number;
}

/** Options of the guards: whose tokens they accept, and how these are verified. */
export interface ResourceServerOptions {
  /** `realm` of the challenges. @default "api" */
  realm?: string;
  /**
   * Audiences whose tokens the guards accept. Needed where JWTs of an issuer are verified here: list the issuer itself to take
   * those that are bound to no resource. In process and by introspection such tokens are accepted.
   * @default none: only tokens that are bound to no resource
   */
  audience?: string | readonly string[];
  /** Issuers whose tokens are accepted, besides those of `@TokenVerifier` plug-ins and of an embedded server. @default none */
  issuers?: readonly IssuerOptions[];
  /** Short for the only one of `issuers`. */
  issuer?: string;
  /** Of the short form. */
  jwt?: boolean | JwtOptions;
  /** Of the short form. */
  introspection?: IntrospectionOptions;
  /**
   * The issuer whose verifier takes tokens that name no issuer, where several could.
   * @default the only verifier that can
   */
  opaqueTokens?: string;
  /**
   * Guards every handler of the application but those with `@Public()`; an object says what they all ask for, unless a
   * controller or handler says otherwise.
   * @default false
   */
  global?: boolean | Omit<Protection, 'isPublic'>;
  /**
   * The protected resource that the guards are of where they name none: its tokens are bound to it, and its metadata are
   * published (RFC 9728).
   * @default none
   */
  resource?: string | ProtectedResource;
  /** More of them, for guards that name them. @default none */
  resources?: readonly (string | ProtectedResource)[];
  /**
   * What an HTTP request that is refused is answered. The status and `WWW-Authenticate` stay.
   * @default RFC 6750's: JSON with `error` and `error_description`
   */
  errorResponse?: (error: BearerError, host: ArgumentsHost) => BearerErrorResponse | Promise<BearerErrorResponse>;
  /** Where credentials are, where that is not the usual place. @default none: the `Authorization` header, or what stands for it */
  tokenExtractor?: TokenExtractor;
  /**
   * Is the token at hand of `currentToken()`, `acquire()` and `acquireUser()`, in whatever a handler calls? It takes an
   * AsyncLocalStorage, which on Node 20 and 22 makes every promise of the process a little dearer.
   * @default true
   */
  callChain?: boolean;
  /** Name of the security scheme that guards have in an OpenAPI document of @nestjs/swagger. @default "oauth2" */
  securityScheme?: string;
}
