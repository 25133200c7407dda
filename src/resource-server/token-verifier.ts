// What a guard needs to know of an access token, and who tells it, as a plug-in: @TokenVerifier('https://issuer.example').
// @see RFC 6750 §3.1 https://www.rfc-editor.org/rfc/rfc6750#section-3.1
import { pluginKind } from '../common/plugin.js';
import type { UnverifiedJwt } from './verifiers/compact-jwt.js';

/** An access token that was verified: what guards check and handlers read. */
export interface AccessToken {
  /** The text that was presented. */
  token: string;
  /** `iss`. */
  issuer: string;
  /** `sub`: the user, or the client that acts for itself. */
  subject: string;
  /** The user, as the issuer names them: with several issuers two users may have one id. Absent when the client acts for itself. */
  userId?: string;
  clientId: string;
  scope: readonly string[];
  /** Resources that it is bound to; empty: none. */
  audience: readonly string[];
  issuedAt: Date;
  expiresAt: Date;
  /** `jti`: names the token, and cannot be presented. */
  jti?: string;
  /** When the user signed in. */
  authTime?: Date;
  /** `acr`: the class of the sign-in, as the issuer names it (RFC 9470 §6). */
  acr?: string;
  /** `amr`: how the user signed in (RFC 8176). */
  amr?: readonly string[];
  /** `roles` (RFC 9068 §2.2.3.1); empty when the issuer says none. */
  roles: readonly string[];
  /** `groups` (RFC 9068 §2.2.3.1); empty when the issuer says none. */
  groups: readonly string[];
  /** `entitlements` (RFC 9068 §2.2.3.1); empty when the issuer says none. */
  entitlements: readonly string[];
  /** All that the JWT or the introspection answer said, in wire names; in process what the server knows. */
  claims: Readonly<Record<string, unknown>>;
}

/** What may be at hand, or take its time. */
export type MaybePromise<T> = T | Promise<T>;

/** Does it take its time? */
export function isPending<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function';
}

/**
 * Verifies access tokens for guards. A JWT goes to the verifier of the issuer that it names, any other token to the
 * one verifier that takes opaque tokens; none is asked for another one's tokens.
 *
 * @example
 * \@TokenVerifier('https://issuer.example')
 * export class PasetoVerifier implements TokenVerifier {
 *   readonly opaque = true;
 *
 *   async verify(token: string) {
 *     const claims = await this.paseto.open(token);
 *     return claims && accessTokenOf(token, claims);
 *   }
 * }
 */
export interface TokenVerifier {
  /** Whose tokens it verifies: their `iss`, exactly. @default the name in the decorator */
  readonly issuer?: string;
  /** Does it take tokens that name no issuer? @default only when it is the one verifier that there is */
  readonly opaque?: boolean;
  /**
   * @param token at most 16 384 characters of RFC 6750 §2.1
   * @param jwt its parts where it has the form of a JWT: nothing in them has been verified
   * @returns undefined when the token is unknown, malformed, expired, revoked, or of another issuer
   * @throws TokenVerificationUnavailableError when it cannot be told at this moment; any other error is a fault
   */
  verify(token: string, jwt?: UnverifiedJwt): MaybePromise<AccessToken | undefined>;
}

/** @example \@TokenVerifier('https://issuer.example') class IntrospectingVerifier implements TokenVerifier {} */
export const TokenVerifier = pluginKind('TokenVerifier');
