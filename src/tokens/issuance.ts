// What is issued, as values between the issuer, the repositories and the grants.

/** The authorization that tokens will come from. */
export interface GrantDraft {
  clientId: string;
  /** Null: the client acts for itself. */
  userId: string | null;
  scope: readonly string[];
  /** What a remembered consent must cover; absent: the scope. */
  consentScope?: readonly string[];
  /** Empty: not bound to a resource. */
  resources: readonly string[];
  /** The session in which an OpenID request was answered. */
  sessionId?: string;
  /** Do the tokens end with the session? */
  sessionBound?: boolean;
  /** Only while this session of the user's goes on. */
  heldSessionId?: string;
  authTime?: Date;
  amr?: readonly string[];
  /** The `claims` parameter (OIDC Core §5.5). */
  claims?: object;
  /** Seconds from now to the absolute end of all that is issued under it. */
  lifetime: number;
}

/** An authorization code before its row is written. */
export interface CodeDraft {
  key: Buffer;
  /** Seconds. */
  lifetime: number;
  /** As sent; absent when it was omitted. */
  redirectUri?: string;
  /** S256. */
  codeChallenge?: string;
  nonce?: string;
}

/** An access token before its row is written. */
export interface AccessTokenDraft {
  /** The secret text: an opaque token itself, or the seed of a JWT's identifier. */
  value: string;
  key: Buffer;
  /** Seconds. */
  lifetime: number;
}

/** A refresh token before its row is written. */
export interface RefreshTokenDraft {
  value: string;
  key: Buffer;
  /** Seconds without use. */
  lifetime: number;
}

/** How the token request narrows what the grant allows. */
export interface Narrowing {
  /** Asked scope; absent: all of the grant's. */
  scope?: readonly string[];
  /** Asked resources; absent: all of the grant's. */
  resources?: readonly string[];
  /** The scope values that the asked resources take; absent without asked resources. */
  resourceScopes?: readonly string[];
}

/** A grant with the access token that was just written under it. */
export interface IssuedGrant {
  grantId: string;
  clientId: string;
  userId: string | null;
  /** `sub` of the user as the client knows it; absent: the user's id. */
  subject?: string;
  /** Of the token: narrowed where the request asked so. */
  scope: string[];
  resources: string[];
  authTime: Date | null;
  amr: string[] | null;
  sessionId: string | null;
  /** The `claims` parameter of the authorization request. */
  claims: object | null;
  expiresAt: Date;
}

/** An access token that is good at this moment. */
export interface AccessTokenRecord extends IssuedGrant {
  key: Buffer;
  issuedAt: Date;
}

/** What came of presenting an authorization code. */
export type Redemption =
  | { outcome: 'issued'; grant: IssuedGrant; nonce: string | null; refreshable: boolean }
  /** It was consumed, but challenge, redirect URI, scope or resources do not fit, or the grant was revoked. */
  | { outcome: 'refused'; challengeMatches: boolean; resourcesMatch: boolean }
  /** Unknown, expired, another client's, or used before. */
  | { outcome: 'unknown' };

/** A refresh token as it is stored. */
export interface RefreshTokenRecord {
  grantId: string;
  clientId: string;
  userId: string | null;
  scope: string[];
  resources: string[];
  issuedAt: Date;
  expiresAt: Date;
  /** Neither expired nor revoked; it may have been rotated. */
  live: boolean;
  /** Seconds since its rotation; null: it was not rotated. */
  rotatedAgo: number | null;
  successorSalt: Buffer | null;
}
