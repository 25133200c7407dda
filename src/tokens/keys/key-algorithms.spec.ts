// Each algorithm: the key that is made for it, and the signature as another implementation reads it.
import { createPrivateKey, createPublicKey, verify } from 'node:crypto';
import { compactVerify, importJWK } from 'jose';
import { ENCRYPTION_ALGORITHMS, makeKey, SIGNING_ALGORITHMS, signWith, useOf } from './key-algorithms.js';

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

describe.each(SIGNING_ALGORITHMS)('%s', (algorithm) => {
  it('makes a signature that jose verifies with the public key', async () => {
    const { publicJwk, privateJwk, kid } = await makeKey(algorithm);
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const data = `${encode({ alg: algorithm, kid })}.${encode({ sub: 'alice' })}`;
    const signature = await signWith(
      algorithm,
      createPrivateKey({ key: privateJwk, format: 'jwk' }),
      Buffer.from(data),
    );
    const jws = `${data}.${signature.toString('base64url')}`;
    const { protectedHeader } = await compactVerify(jws, await importJWK(publicJwk), { algorithms: [algorithm] });
    expect(protectedHeader.kid).toBe(kid);
  });

  it('is for signatures', async () => {
    expect(useOf(algorithm)).toBe('sig');
    expect((await makeKey(algorithm)).publicJwk).toMatchObject({ use: 'sig', alg: algorithm });
  });
});

describe.each(ENCRYPTION_ALGORITHMS)('%s', (algorithm) => {
  it('is for encryption', async () => {
    expect(useOf(algorithm)).toBe('enc');
    expect((await makeKey(algorithm)).publicJwk).toMatchObject({ use: 'enc', alg: algorithm });
  });
});

it.each([...SIGNING_ALGORITHMS, ...ENCRYPTION_ALGORITHMS])(
  'a public %s key has a kid of its own and nothing private',
  async (algorithm) => {
    const keys = await Promise.all([makeKey(algorithm), makeKey(algorithm)]);
    expect(keys[0].kid).not.toBe(keys[1].kid);
    for (const { kid, publicJwk } of keys) {
      expect(publicJwk.kid).toBe(kid);
      for (const member of PRIVATE_MEMBERS) expect(publicJwk).not.toHaveProperty(member);
    }
  },
);

it.each(['RS256', 'PS256', 'RSA-OAEP-256'])('an RSA key for %s has 2048 bits', async (algorithm) => {
  const { n } = (await makeKey(algorithm)).publicJwk;
  expect(Buffer.from(n!, 'base64url')).toHaveLength(256);
});

it('a PS256 signature is none of PKCS #1 v1.5', async () => {
  const { publicJwk, privateJwk } = await makeKey('PS256');
  const data = Buffer.from('data');
  const signature = await signWith('PS256', createPrivateKey({ key: privateJwk, format: 'jwk' }), data);
  expect(verify('sha256', data, createPublicKey({ key: publicJwk, format: 'jwk' }), signature)).toBe(false);
});
