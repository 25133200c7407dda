// Until when a token is good, and what becomes of it when it is renewed.
// @see RFC 6749 §5.1, §6 https://www.rfc-editor.org/rfc/rfc6749#section-6
import { hash } from 'node:crypto';
import type { OAuthToken } from './oauth-token.js';

/** Is it time to renew it? One that does not tell its end never is; one with a short life not before half of it. */
export function isDue(token: OAuthToken, leeway: number): boolean {
  return endsWithin(token, Math.min(leeway, (token.expires_in ?? Infinity) / 2));
}

/** Has it ended, as far as the provider has told? */
export function isOver(token: OAuthToken): boolean {
  return endsWithin(token, 0);
}

function endsWithin(token: OAuthToken, seconds: number): boolean {
  return token.expires_at !== undefined && token.expires_at - seconds <= Date.now() / 1000;
}

/** Names a token without being one: two with the same credentials have the same. */
export function fingerprintOf(token: OAuthToken): string {
  return fingerprint(token.access_token, token.refresh_token);
}

/** Names whatever it is, in so many letters and without telling it. */
export function fingerprint(...parts: unknown[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url');
}

/**
 * The token that a renewal gives: what the answer leaves out stays as it was (RFC 6749 §6: the scope and the refresh
 * token), but for its end, which is that of the new access token.
 */
export function succeed(token: OAuthToken, answer: OAuthToken): OAuthToken {
  const { expires_in: _in, expires_at: _at, ...lasting } = token;
  return { ...lasting, ...answer };
}
