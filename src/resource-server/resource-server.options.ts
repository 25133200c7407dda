// Options of the guards: whose tokens they accept, and how these are verified.
import type { JSONWebKeySet } from 'jose';

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
}
