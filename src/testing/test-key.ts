// The key pair of this process that signs access tokens of tests. The public half verifies them, as any issuer's does.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';

/** `iss` of {@link signTestToken}: a name that no real issuer can have (RFC 6761 §6.2). */
export const TEST_ISSUER = 'https://issuer.test';

/** `alg` of the one key. */
export const TEST_ALGORITHM = 'ES256';
export const TEST_KEY_ID = 'test';

let pair: { privateKey: KeyObject; publicKey: KeyObject } | undefined;

/** Made when it is first needed. */
export function testKeyPair(): { privateKey: KeyObject; publicKey: KeyObject } {
  return (pair ??= generateKeyPairSync('ec', { namedCurve: 'P-256' }));
}

/**
 * The public key of {@link signTestToken}, for a module that is configured by hand.
 *
 * @returns a JWK Set with one key; each process has its own
 * @example
 * ResourceServerModule.forRoot({ issuer: TEST_ISSUER, audience: 'https://notes.example', jwt: { jwks: testJwks() } })
 */
export function testJwks(): JSONWebKeySet {
  const jwk = testKeyPair().publicKey.export({ format: 'jwk' });
  return { keys: [{ ...jwk, kty: 'EC', kid: TEST_KEY_ID, alg: TEST_ALGORITHM, use: 'sig' }] };
}
