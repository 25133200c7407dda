// What a provider gave: tokens under the names that they have on the wire.

/** What is known of a user, under the names of OIDC Core §5.1. */
export interface UserInfo {
  sub: string;
  name?: string;
  given_name?: string;
  family_name?: string;
  preferred_username?: string;
  email?: string;
  email_verified?: boolean;
  picture?: string;
  [claim: string]: unknown;
}

/** What a provider gave, under the names of RFC 6749 §5.1, or of OAuth 1.0a. */
export interface OAuthToken {
  /** Absent in OAuth 1.0a. */
  access_token?: string;
  /** In lower case. */
  token_type?: string;
  /** Seconds from the answer on. */
  expires_in?: number;
  /** Seconds since 1970; from `expires_in` at the answer. */
  expires_at?: number;
  refresh_token?: string;
  scope?: string;
  id_token?: string;
  /** The claims of the ID token, which was validated. */
  userinfo?: UserInfo;
  /** OAuth 1.0a (RFC 5849 §2.3). */
  oauth_token?: string;
  oauth_token_secret?: string;
  [member: string]: unknown;
}
