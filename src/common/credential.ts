// Random credentials (codes, tokens, secrets, session ids) and the keys under which only their hashes are stored.
// @see RFC 6749 §10.10, RFC 9700 §4.13 https://www.rfc-editor.org/rfc/rfc6749#section-10.10
import { createHmac, hash, randomFillSync, timingSafeEqual } from 'node:crypto';

const TIME_BYTES = 4;
const RANDOM_BYTES = 32;
const GENERATED = /^[A-Za-z0-9_-]{48}$/;
const NO_TIME = Buffer.alloc(TIME_BYTES);

/** Random bytes drawn ahead, as `randomUUID` of Node does: a draw costs the same for one credential and for a hundred. */
const drawn = Buffer.alloc(128 * RANDOM_BYTES);
let used = drawn.length;

/**
 * A new credential: 48 base64url characters, of which 256 bits are random and the first four bytes are the time.
 * The time keeps neighbours in issuing order together in the index, so that inserting stays flat at millions of rows.
 */
export function generateCredential(): string {
  const bytes = Buffer.allocUnsafe(TIME_BYTES + RANDOM_BYTES);
  bytes.writeUInt32BE(Math.floor(Date.now() / 1000) >>> 0, 0);
  fillRandom(bytes, TIME_BYTES);
  return bytes.toString('base64url');
}

/** The key under which a credential is stored: its time, if it has one, and its SHA-256. */
export function credentialKey(credential: string): Buffer {
  return Buffer.concat([timeOf(credential), hash('sha256', credential, 'buffer')]);
}

/**
 * The public identifier of an access token, its `jti` where it is a JWT. It is derived one way, so that whoever reads
 * an identifier cannot present it as the token.
 */
export function tokenIdentifier(token: string): string {
  return Buffer.concat([timeOf(token), hash('sha256', `jti:${token}`, 'buffer')]).toString('base64url');
}

/**
 * The refresh token that follows another one: derived from it, so that only who presents the old one gets it again.
 * @param salt of {@link generateSuccessorSalt}; it begins with the successor's time
 */
export function successorOf(refreshToken: string, salt: Buffer): string {
  const derived = createHmac('sha256', refreshToken).update(salt).digest();
  return Buffer.concat([salt.subarray(0, TIME_BYTES), derived]).toString('base64url');
}

export function generateSuccessorSalt(): Buffer {
  const salt = Buffer.allocUnsafe(TIME_BYTES + 16);
  fillRandom(salt, TIME_BYTES);
  salt.writeUInt32BE(Math.floor(Date.now() / 1000) >>> 0, 0);
  return salt;
}

/** Each byte is given out once, and kept no longer. */
function fillRandom(target: Buffer, offset: number): void {
  const length = target.length - offset;
  if (used + length > drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  drawn.copy(target, offset, used, used + length);
  drawn.fill(0, used, used + length);
  used += length;
}

function timeOf(credential: string): Buffer {
  return GENERATED.test(credential)
    ? Buffer.from(credential.slice(0, 6), 'base64url').subarray(0, TIME_BYTES)
    : NO_TIME;
}

/** SHA-256 of a secret that has at least as much entropy as the hash needs; passwords go to argon2id. */
export function hashSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/** A short name of a text, for what is bound to it: 128 bits of its SHA-256 in base64url. */
export function fingerprint(text: string): string {
  return hashSecret(text).toString('base64url', 0, 16);
}

/** Compares in a time that does not depend on the content. */
export function equalInConstantTime(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
