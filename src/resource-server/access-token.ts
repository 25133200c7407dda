// An access token from the claims that a JWT or an introspection answer makes of it.
// @see RFC 9068 §2.2, RFC 7662 §2.2 https://www.rfc-editor.org/rfc/rfc9068#section-2.2
import type { AccessToken } from './token-verifier.js';

/** Claims that were believed: whoever calls has checked `iss`, `sub`, `client_id` and `exp`. */
export interface VerifiedClaims {
  iss: string;
  sub: string;
  client_id: string;
  /** Seconds since 1970. */
  exp: number;
  /** Seconds since 1970. @default now */
  iat?: number;
  [claim: string]: unknown;
}

/**
 * The token as guards and handlers see it. Claims of the wrong type are as if they were not there.
 *
 * @param token the text that was presented
 * @param claims of which the caller has made sure
 * @example return accessTokenOf(token, { ...answer, iss: 'https://issuer.example' });
 */
export function accessTokenOf(token: string, claims: VerifiedClaims): AccessToken {
  const { iss, sub, client_id, exp, iat, jti, scope, auth_time, acr } = claims;
  return {
    token,
    issuer: iss,
    subject: sub,
    // RFC 9068 §2.2: without a user the subject is the client.
    userId: sub === client_id ? undefined : sub,
    clientId: client_id,
    scope: typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [],
    audience: textsOf(claims.aud) ?? [],
    issuedAt: iat === undefined ? new Date() : new Date(iat * 1000),
    expiresAt: new Date(exp * 1000),
    jti: typeof jti === 'string' ? jti : undefined,
    authTime: isNumericDate(auth_time) ? new Date(auth_time * 1000) : undefined,
    acr: typeof acr === 'string' ? acr : undefined,
    amr: Array.isArray(claims.amr) ? textsOf(claims.amr) : undefined,
    roles: textsOf(claims.roles) ?? [],
    groups: textsOf(claims.groups) ?? [],
    entitlements: textsOf(claims.entitlements) ?? [],
    claims,
  };
}

/** @see RFC 7519 §2 */
export function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 8.64e12;
}

/** One text or a list of texts, as a list; undefined when it is neither. */
export function textsOf(value: unknown): string[] | undefined {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;
}
