// Proof Key for Code Exchange: S256 only.
// @see RFC 7636 §4 https://www.rfc-editor.org/rfc/rfc7636#section-4
import { hash } from 'node:crypto';
import type { Client } from '../../clients/client.js';
import { InvalidRequestError } from '../../common/oauth-error.js';
import type { Parameters } from '../../common/parameters.js';
import type { ServerOptions } from '../../config/options.js';

/** BASE64URL of a SHA-256: exactly 43 characters. */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;
/** RFC 7636 §4.1 */
const VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/;
export const CODE_CHALLENGE_METHODS = ['S256'];

/**
 * The challenge of an authorization request that asks for a code.
 * @throws InvalidRequestError when it is missing though required, or not S256
 */
export function readCodeChallenge(
  client: Client,
  parameters: Parameters,
  options: Pick<ServerOptions, 'pkceRequired'>,
): string | undefined {
  const challenge = parameters.get('code_challenge');
  const method = parameters.get('code_challenge_method');
  if (challenge === undefined) {
    if (method !== undefined) throw new InvalidRequestError("Parameter 'code_challenge' is missing.");
    if (isRequired(client, options))
      throw new InvalidRequestError('PKCE is required: send code_challenge and code_challenge_method=S256.');
    return undefined;
  }
  // RFC 7636 §4.3: a missing method means plain, which is off (RFC 9700 §2.1.1).
  if (method === undefined || !CODE_CHALLENGE_METHODS.includes(method)) {
    throw new InvalidRequestError('code_challenge_method must be S256.');
  }
  if (!CHALLENGE.test(challenge))
    throw new InvalidRequestError('code_challenge must be the 43 base64url characters of a SHA-256.');
  return challenge;
}

/** The challenge that a verifier belongs to (RFC 7636 §4.6); none that there is for what is no verifier (§4.1). */
export function codeChallengeOf(verifier: string): string {
  return VERIFIER.test(verifier) ? hash('sha256', verifier, 'base64url') : '';
}

/** Confidential clients can be exempted; public ones never (RFC 9700 §2.1.1). */
function isRequired(client: Client, options: Pick<ServerOptions, 'pkceRequired'>): boolean {
  if (client.isPublic) return true;
  return client.metadata.require_pkce ?? options.pkceRequired === 'all';
}
