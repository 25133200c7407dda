// Which of a client's keys fits: by kid, algorithm, type, use and strength.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { JwkSet } from './jwk-set.js';

const jwkOf = (publicKey: KeyObject, members: object = {}): object => ({
  ...publicKey.export({ format: 'jwk' }),
  ...members,
});
const rsaKey = (modulusLength: number, publicExponent = 0x10001): KeyObject =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey;
const RSA = rsaKey(2048);
const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
const EC_384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey;
const ED = generateKeyPairSync('ed25519').publicKey;
const X = generateKeyPairSync('x25519').publicKey;

const setOf = (...keys: unknown[]): JwkSet => JwkSet.from({ keys }) as JwkSet;
const all = setOf(...[RSA, EC, EC_384, ED, X].map((key) => jwkOf(key)));

describe('to verify', () => {
  it.each([
    ['RS256', RSA],
    ['PS256', RSA],
    ['ES256', EC],
    ['ES384', EC_384],
    ['EdDSA', ED],
    ['Ed25519', ED],
  ])('takes the only key whose type fits %s, without kid', (alg, key) => {
    expect(all.findVerificationKey({ alg })?.equals(key)).toBe(true);
  });

  it.each(['none', 'HS256', 'ES256K', 'ES512', 'RSA1_5', 'constructor', ''])('has no key for %j', (alg) => {
    expect(all.findVerificationKey({ alg })).toBeUndefined();
  });

  it('takes the key that the kid names, and none that it does not name', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    const set = setOf(jwkOf(EC, { kid: 'a' }), jwkOf(other, { kid: 'b' }), jwkOf(RSA, { kid: 'a' }));
    expect(set.findVerificationKey({ alg: 'ES256', kid: 'a' })?.equals(EC)).toBe(true);
    expect(set.findVerificationKey({ alg: 'ES256', kid: 'b' })?.equals(other)).toBe(true);
    expect(set.findVerificationKey({ alg: 'ES256', kid: 'c' })).toBeUndefined();
    expect(set.findVerificationKey({ alg: 'ES256' })).toBeUndefined();
    expect(all.findVerificationKey({ alg: 'ES256', kid: 'a' })).toBeUndefined();
  });

  it.each([
    { use: 'enc' },
    { use: 1 },
    { alg: 'ES384' },
    { alg: 'ECDH-ES' },
    { key_ops: ['encrypt'] },
    { key_ops: [] },
  ])('takes no key that is for something else: %j', (members) =>
    expect(setOf(jwkOf(EC, members)).findVerificationKey({ alg: 'ES256' })).toBeUndefined(),
  );

  it.each([{ use: 'sig' }, { alg: 'ES256' }, { key_ops: ['verify'] }])(
    'takes a key that is for this: %j',
    (members) => {
      expect(setOf(jwkOf(EC, members)).findVerificationKey({ alg: 'ES256' })?.equals(EC)).toBe(true);
    },
  );

  it.each(['EdDSA', 'Ed25519'])('takes a key for the other name of %s (RFC 9864 §2.2)', (alg) => {
    for (const name of ['EdDSA', 'Ed25519'])
      expect(setOf(jwkOf(ED, { alg: name })).findVerificationKey({ alg })).toBeDefined();
  });

  it('takes no RSA key that is too short, or that costs too much', () => {
    expect(setOf(jwkOf(rsaKey(1024))).findVerificationKey({ alg: 'RS256' })).toBeUndefined();
    const { n } = RSA.export({ format: 'jwk' });
    const large = { kty: 'RSA', n: Buffer.alloc(1100, 0xff).toString('base64url'), e: 'AQAB' };
    expect(setOf(large).findVerificationKey({ alg: 'RS256' })).toBeUndefined();
    const slow = { kty: 'RSA', n, e: Buffer.alloc(200, 0xff).toString('base64url') };
    expect(setOf(slow).findVerificationKey({ alg: 'RS256' })).toBeUndefined();
  });

  it.each([
    null,
    7,
    'key',
    [],
    {},
    { kty: 'EC' },
    { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' },
    { kty: 'EC', crv: 'P-256', x: 1 },
    { kty: 'oct', k: 'c2VjcmV0' },
    { kty: 'RSA', n: '', e: 'AQAB' },
  ])('passes over what it cannot use: %j (RFC 7517 §5)', (odd) => {
    expect(setOf(odd).findVerificationKey({ alg: 'ES256' })).toBeUndefined();
    expect(setOf(odd, jwkOf(EC, { kid: 'a' })).findVerificationKey({ alg: 'ES256', kid: 'a' })).toBeDefined();
  });
});

describe('to encrypt', () => {
  it.each([
    ['RSA-OAEP', RSA],
    ['RSA-OAEP-256', RSA],
    ['ECDH-ES', EC],
    ['ECDH-ES+A128KW', EC],
  ])('takes the first key that fits %s', (alg, key) => {
    expect(all.findEncryptionKey(alg)?.key.equals(key)).toBe(true);
  });

  it.each(['RSA1_5', 'dir', 'A128KW', 'ECDH', 'PBES2-HS256+A128KW'])('has no key for %s', (alg) => {
    expect(all.findEncryptionKey(alg)).toBeUndefined();
  });

  it('prefers a key that is for encryption, and says its kid', () => {
    const set = setOf(jwkOf(EC, { kid: 'any' }), jwkOf(X, { kid: 'enc', use: 'enc' }), jwkOf(RSA, { use: 'sig' }));
    expect(set.findEncryptionKey('ECDH-ES')).toMatchObject({ kid: 'enc' });
    expect(set.findEncryptionKey('RSA-OAEP')).toBeUndefined();
  });

  it('passes over a key that cannot be used', () => {
    const set = setOf({ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', use: 'enc' }, jwkOf(EC));
    expect(set.findEncryptionKey('ECDH-ES')?.key.equals(EC)).toBe(true);
  });
});

it.each([undefined, null, 'x', [], {}, { keys: {} }, { keys: Array(101).fill({}) }])('is no JWK Set: %j', (set) => {
  expect(JwkSet.from(set)).toBeUndefined();
});
