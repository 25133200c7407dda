// Time passes: what a code or token belongs to is moved into the past, so that no test has to wait.
import { credentialKey, tokenIdentifier } from '../../src/common/credential.js';
import { query } from './database.js';

/**
 * Lets seconds pass for a code, an opaque access token or a refresh token, and for all that was issued with it.
 * @example await letPass(server, code, 61);
 */
export async function letPass(server: { database: string }, credential: string, seconds: number): Promise<void> {
  const rows = await query<{ grant_id: string }>(
    server,
    `SELECT grant_id FROM authorization_codes WHERE code_key = $1
     UNION SELECT grant_id FROM refresh_tokens WHERE token_key = $1
     UNION SELECT grant_id FROM access_tokens WHERE token_key = $2`,
    [credentialKey(credential), credentialKey(tokenIdentifier(credential))],
  );
  if (rows.length !== 1) throw new Error('This code or token is not in the database.');
  const past = (...columns: string[]): string =>
    columns.map((column) => `${column} = ${column} - make_interval(secs => $2)`).join(', ');
  for (const statement of [
    `UPDATE grants SET ${past('created_at', 'expires_at', 'auth_time', 'revoked_at')} WHERE id = $1`,
    `UPDATE authorization_codes SET ${past('expires_at', 'consumed_at')} WHERE grant_id = $1`,
    `UPDATE access_tokens SET ${past('expires_at')} WHERE grant_id = $1`,
    `UPDATE refresh_tokens SET ${past('issued_at', 'expires_at', 'rotated_at')} WHERE grant_id = $1`,
  ]) {
    await query(server, statement, [rows[0].grant_id, seconds]);
  }
}
