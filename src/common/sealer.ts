// Data that leaves the server and must come back unread and unchanged, and private keys at rest: encrypted JWTs
// under the first of the secret keys; the others still open what they sealed.
// @see RFC 7516 https://www.rfc-editor.org/rfc/rfc7516
import { createHmac, hkdfSync } from 'node:crypto';
import { EncryptJWT, jwtDecrypt } from 'jose';
import { hashSecret } from './credential.js';

interface SealingKey {
  id: string;
  secret: string;
}

/**
 * Encrypts what leaves the server and must come back unread and unchanged, under the first of the secret keys; the
 * others still open.
 */
export class Sealer {
  private readonly keys: SealingKey[];
  private readonly derived = new Map<string, Uint8Array>();

  /** @param secretKeys at least one string of at least 32 characters; the first one seals */
  constructor(secretKeys: readonly string[]) {
    this.keys = secretKeys.map((secret) => ({ id: hashSecret(`id:${secret}`).toString('base64url', 0, 6), secret }));
  }

  /**
   * @param purpose binds the data to one use: what was sealed for one purpose does not open for another
   * @param lifetime seconds until it no longer opens; without it, for ever
   */
  async seal(purpose: string, data: object, lifetime?: number): Promise<string> {
    const key = this.keys[0];
    const jwt = new EncryptJWT({ data }).setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: key.id });
    if (lifetime !== undefined) jwt.setExpirationTime(Math.floor(Date.now() / 1000) + lifetime);
    return jwt.encrypt(this.derive(key, purpose));
  }

  /** The sealed data; undefined when it was not sealed here for this purpose, was changed, or has expired. */
  async open<T extends object>(purpose: string, sealed: string): Promise<T | undefined> {
    try {
      const { payload } = await jwtDecrypt(
        sealed,
        (header) => {
          const key = this.keys.find(({ id }) => id === header.kid);
          if (!key) throw new Error('sealed under a key that is no longer in SECRET_KEYS');
          return this.derive(key, purpose);
        },
        { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] },
      );
      return payload.data as T;
    } catch {
      return undefined;
    }
  }

  /** A short authenticator of a text: base64url of HMAC-SHA256. */
  sign(purpose: string, text: string): string {
    return this.hmac(this.keys[0], purpose, text).toString('base64url');
  }

  /** The authenticators of a text under each of the keys, the first one's first: to find what is stored under any of them. */
  signAll(purpose: string, text: string): Buffer[] {
    return this.keys.map((key) => this.hmac(key, purpose, text));
  }

  /** Was the authenticator made here, for this purpose and text, under any of the keys? */
  verify(purpose: string, text: string, authenticator: string): boolean {
    return this.keys.some((key) => {
      const expected = hashSecret(this.hmac(key, purpose, text).toString('base64url'));
      return expected.equals(hashSecret(authenticator));
    });
  }

  private hmac(key: SealingKey, purpose: string, text: string): Buffer {
    return createHmac('sha256', this.derive(key, purpose)).update(text).digest();
  }

  private derive(key: SealingKey, purpose: string): Uint8Array {
    const name = `${key.id}:${purpose}`;
    let derived = this.derived.get(name);
    if (!derived) {
      derived = new Uint8Array(hkdfSync('sha256', key.secret, 'nest-authorization-server', purpose, 32));
      this.derived.set(name, derived);
    }
    return derived;
  }
}
