// What is opened with the server's encryption keys, and what never is.
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { CompactEncrypt, type CompactJWEHeaderParameters } from 'jose';
import { CONTENT_ENCRYPTIONS, decryptWith } from './decrypt.js';
import { ENCRYPTION_ALGORITHMS, makeKey } from './key-algorithms.js';
import type { LoadedKey } from './key-ring.js';

const TEXT = 'a request object';

async function load(algorithm: string, changes: Partial<LoadedKey> = {}): Promise<LoadedKey> {
  const { privateJwk, ...key } = await makeKey(algorithm);
  return {
    ...key,
    publicKey: createPublicKey({ key: key.publicJwk, format: 'jwk' }),
    privateKey: createPrivateKey({ key: privateJwk, format: 'jwk' }),
    createdAt: new Date(),
    activatesAt: new Date(),
    retiresAt: null,
    lifetime: 60,
    ...changes,
  };
}

/** Encrypts for a key as a client does. */
function encrypt(key: LoadedKey, header: Partial<CompactJWEHeaderParameters> = {}, text = TEXT): Promise<string> {
  return new CompactEncrypt(Buffer.from(text))
    .setProtectedHeader({ alg: key.algorithm, enc: 'A256GCM', kid: key.kid, ...header })
    .encrypt(key.publicKey);
}

const open = async (keys: LoadedKey[], jwe: string): Promise<string | undefined> => {
  const plaintext = await decryptWith(keys, jwe);
  return plaintext && Buffer.from(plaintext).toString();
};

describe.each(ENCRYPTION_ALGORITHMS)('%s', (algorithm) => {
  let key: LoadedKey;
  let other: LoadedKey;
  beforeAll(async () => {
    [key, other] = [await load(algorithm), await load(algorithm)];
  });

  it.each(CONTENT_ENCRYPTIONS)('opens %s', async (enc) => {
    expect(await open([other, key], await encrypt(key, { enc }))).toBe(TEXT);
  });

  it('opens what names no key, with the key that fits', async () => {
    expect(await open([other, key], await encrypt(key, { kid: undefined }))).toBe(TEXT);
  });

  it('opens nothing that names another key', async () => {
    expect(await open([other, key], await encrypt(key, { kid: other.kid }))).toBeUndefined();
    expect(await open([other, key], await encrypt(key, { kid: 'unknown' }))).toBeUndefined();
  });

  it('opens nothing that is encrypted with an algorithm that is not offered', async () => {
    expect(await open([key], await encrypt(key, { enc: 'A192GCM' }))).toBeUndefined();
  });

  it('opens nothing that is compressed (RFC 8725 §3.6)', async () => {
    expect(await open([key], await encrypt(key, { zip: 'DEF' }))).toBeUndefined();
  });

  it('opens nothing with a key that is for signatures, or that cannot be opened itself', async () => {
    const jwe = await encrypt(key);
    expect(await open([{ ...key, use: 'sig' }], jwe)).toBeUndefined();
    expect(await open([{ ...key, privateKey: undefined }], jwe)).toBeUndefined();
  });

  it('opens nothing that was changed', async () => {
    const parts = (await encrypt(key)).split('.');
    for (const index of parts.keys()) {
      const changed = [...parts];
      changed[index] = `${changed[index].startsWith('A') ? 'B' : 'A'}${changed[index].slice(1)}`;
      expect(await open([key], changed.join('.'))).toBeUndefined();
    }
  });

  it('opens nothing that is longer than 64 KiB', async () => {
    expect(await open([key], await encrypt(key, {}, 'x'.repeat(40_000)))).toHaveLength(40_000);
    expect(await open([key], await encrypt(key, {}, 'x'.repeat(50_000)))).toBeUndefined();
  });
});

it.each([
  ['nothing', ''],
  ['no JSON in the header', 'AAAA.AAAA.AAAA.AAAA.AAAA'],
  ['a header that is no object', 'IngiIiI.AAAA.AAAA.AAAA.AAAA'],
  ['a JWS', 'eyJhbGciOiJFUzI1NiJ9.e30.AAAA'],
  ['the general serialization', '{"protected":"","ciphertext":""}'],
])('%s is undefined', async (_what, text) => {
  expect(await open([await load('ECDH-ES')], text)).toBeUndefined();
});
