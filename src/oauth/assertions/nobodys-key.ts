// Keys that nobody signs with: an assertion of somebody unknown, or without a key, takes as long as one with it.
import { createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { isMacAlgorithm } from '../../common/algorithms.js';

const keys = new Map<string, KeyObject>();

/** A key of the algorithm that nobody signs with. */
export function nobodysKey(alg: string): KeyObject {
  let key = keys.get(alg);
  if (!key) keys.set(alg, (key = makeKey(alg)));
  return key;
}

function makeKey(alg: string): KeyObject {
  if (isMacAlgorithm(alg)) return createSecretKey(randomBytes(32));
  if (alg.startsWith('ES')) return generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  if (alg.startsWith('Ed')) return generateKeyPairSync('ed25519').publicKey;
  // A number of 2048 bits whose factors nobody knows.
  const modulus = randomBytes(256);
  modulus[0] |= 0x80;
  modulus[255] |= 1;
  return createPublicKey({ key: { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' }, format: 'jwk' });
}
