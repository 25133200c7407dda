// Somebody is signed in, in one browser.

/** Somebody is signed in, in one browser. */
export interface Session {
  /** Names it where the cookie must not be known: grants, the account page. It stays when the cookie is renewed. */
  readonly id: string;
  readonly userId: string;
  /** When the user last proved who they are (`auth_time` of OIDC Core §2). */
  readonly authTime: Date;
  /** How (RFC 8176). */
  readonly amr: readonly string[];
  readonly createdAt: Date;
  /** Exact to the minute. */
  readonly lastSeenAt: Date;
  /** Unless it is used before. */
  readonly expiresAt: Date;
  readonly userAgent: string;
  readonly address: string;
}
