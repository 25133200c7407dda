// Ids and secrets of clients: generated with 256 bits, or given by an administrator.
// @see RFC 6749 §2.2, §2.3.1 https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
import { randomBytes } from 'node:crypto';
import { isStorableText } from '../common/parameters.js';
import type { ClientMetadata } from './client-metadata.js';

const MIN_GIVEN_SECRET_LENGTH = 32;
const MAX_GIVEN_SECRET_LENGTH = 512;
/** The value of `-` in base64url. */
const HYPHEN = 62;

/** 24 base64url characters; the first is no `-`, which would make an option of it on a command line. */
export function generateClientId(): string {
  const bytes = randomBytes(18);
  if (bytes[0] >> 2 === HYPHEN) bytes[0] -= 0x80;
  return bytes.toString('base64url');
}

export function generateClientSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Does the client authenticate with a secret? */
export function needsSecret(metadata: ClientMetadata): boolean {
  return !['none', 'private_key_jwt'].includes(metadata.token_endpoint_auth_method);
}

/** What is wrong with a client id; undefined when nothing is. */
export function clientIdFault(clientId: unknown): string | undefined {
  return typeof clientId === 'string' && /^[\x21-\x7e]{1,255}$/.test(clientId)
    ? undefined
    : 'must be at most 255 printable ASCII characters without spaces';
}

/** What is wrong with a secret that somebody gives; undefined when nothing is. */
export function clientSecretFault(secret: unknown): string | undefined {
  if (typeof secret !== 'string' || !isStorableText(secret)) return 'must be a text';
  return secret.length >= MIN_GIVEN_SECRET_LENGTH && secret.length <= MAX_GIVEN_SECRET_LENGTH
    ? undefined
    : `must have ${MIN_GIVEN_SECRET_LENGTH} to ${MAX_GIVEN_SECRET_LENGTH} characters`;
}
