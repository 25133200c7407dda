// The algorithms that the server has keys of its own for, and how each makes its keys and signs.
// @see RFC 7518 §3.1, §4.1, RFC 8037 §3 https://www.rfc-editor.org/rfc/rfc7518#section-3.1
import { constants, generateKeyPair, type KeyObject, randomBytes, sign, type SignKeyObjectInput } from 'node:crypto';
import { promisify } from 'node:util';
import type { JWK } from 'jose';

/** What a key is for: signatures of the server, or what clients encrypt for it (RFC 7517 §4.2). */
export type KeyUse = 'sig' | 'enc';

/** Algorithms that the server signs with. */
export const SIGNING_ALGORITHMS: readonly string[] = ['RS256', 'PS256', 'ES256', 'EdDSA'];
/** Algorithms by which clients encrypt for the server. */
export const ENCRYPTION_ALGORITHMS: readonly string[] = ['RSA-OAEP-256', 'ECDH-ES'];

/** A key as it was made. */
export interface KeyMaterial {
  kid: string;
  use: KeyUse;
  algorithm: string;
  publicJwk: JWK;
  privateJwk: JWK;
}

interface SignatureMethod {
  digest: string | null;
  options: Omit<SignKeyObjectInput, 'key'>;
}

const makePair = promisify(generateKeyPair);
const RSA = { modulusLength: 2048 };
const P256 = { namedCurve: 'P-256' };

const MAKERS: Readonly<Record<string, () => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>>> = {
  RS256: () => makePair('rsa', RSA),
  PS256: () => makePair('rsa', RSA),
  ES256: () => makePair('ec', P256),
  EdDSA: () => makePair('ed25519'),
  'RSA-OAEP-256': () => makePair('rsa', RSA),
  'ECDH-ES': () => makePair('ec', P256),
};

const SIGNATURES: Readonly<Record<string, SignatureMethod>> = {
  RS256: { digest: 'sha256', options: { padding: constants.RSA_PKCS1_PADDING } },
  // RFC 7518 §3.5: the salt is as long as the hash.
  PS256: { digest: 'sha256', options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } },
  ES256: { digest: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  EdDSA: { digest: null, options: {} },
};

export function useOf(algorithm: string): KeyUse {
  return ENCRYPTION_ALGORITHMS.includes(algorithm) ? 'enc' : 'sig';
}

/** Makes a key pair, in libuv's thread pool. */
export async function makeKey(algorithm: string): Promise<KeyMaterial> {
  const { publicKey, privateKey } = await MAKERS[algorithm]();
  const kid = randomBytes(12).toString('hex');
  const use = useOf(algorithm);
  return {
    kid,
    use,
    algorithm,
    publicJwk: { ...(publicKey.export({ format: 'jwk' }) as JWK), kid, use, alg: algorithm },
    privateJwk: privateKey.export({ format: 'jwk' }),
  };
}

/** Signs in libuv's thread pool, so that the event loop goes on. */
export function signWith(algorithm: string, key: KeyObject, data: Buffer): Promise<Buffer> {
  const { digest, options } = SIGNATURES[algorithm];
  return new Promise((resolve, reject) => {
    sign(digest, data, { key, ...options }, (error, signature) => (error ? reject(error) : resolve(signature)));
  });
}
