// What a guard needs to know of an access token, and who tells it: this server in process, or another issuer.
// @see RFC 6750 §3.1 https://www.rfc-editor.org/rfc/rfc6750#section-3.1

/** An access token that was verified: what guards check and handlers read. */
export interface AccessToken {
  /** `iss`. */
  issuer: string;
  /** `sub`: the user, or the client that acts for itself. */
  subject: string;
  /** The user; absent when the client acts for itself. */
  userId?: string;
  clientId: string;
  scope: readonly string[];
  /** Resources that it is bound to; empty: none. */
  audience: readonly string[];
  issuedAt: Date;
  expiresAt: Date;
  /** When the user signed in. */
  authTime?: Date;
}

/**
 * Verifies access tokens for guards.
 *
 * @example { provide: TokenVerifier, useClass: LocalTokenVerifier }
 */
export abstract class TokenVerifier {
  /** @returns undefined when the token is unknown, malformed, expired or revoked */
  abstract verify(token: string): Promise<AccessToken | undefined>;
}
