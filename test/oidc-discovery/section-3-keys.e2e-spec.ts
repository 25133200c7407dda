// The keys that the server publishes: one for each algorithm, good for what they say, and nothing private in them or at rest.
// @see OpenID Connect Discovery §3, RFC 7517 §4, §5 https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
import { CompactEncrypt, createRemoteJWKSet, importJWK, type JWK, jwtVerify } from 'jose';
import { KeyStore } from '../../src/tokens/keys/key-store.js';
import { query } from '../support/database.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';

const SIGNING = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const ENCRYPTION = ['RSA-OAEP-256', 'ECDH-ES'];
const ALGORITHMS = [...SIGNING, ...ENCRYPTION];
const KEY_TYPES: Record<string, string[]> = {
  RSA: ['kty', 'n', 'e'],
  EC: ['kty', 'crv', 'x', 'y'],
  OKP: ['kty', 'crv', 'x'],
};

let server: InProcessServer;
let store: KeyStore;

beforeAll(async () => {
  server = await startInProcess();
  store = server.app.get(KeyStore);
  await store.ensure(...ALGORITHMS);
});

async function published(): Promise<JWK[]> {
  return ((await (await fetch(`${server.url}/oauth/jwks`)).json()) as { keys: JWK[] }).keys;
}

it('publishes one key of each algorithm, with distinct kids, use and alg (RFC 7517 §4)', async () => {
  const keys = await published();
  expect(keys.map(({ alg }) => alg)).toEqual(ALGORITHMS);
  expect(new Set(keys.map(({ kid }) => kid)).size).toBe(ALGORITHMS.length);
  for (const { use, alg } of keys) expect(use).toBe(SIGNING.includes(alg!) ? 'sig' : 'enc');
});

it('publishes public members only (RFC 7517 §9.2)', async () => {
  for (const key of await published()) {
    expect(Object.keys(key).sort()).toEqual([...KEY_TYPES[key.kty!], 'kid', 'use', 'alg'].sort());
  }
});

it.each(SIGNING)('%s: what is signed verifies with the published key', async (algorithm) => {
  const jwt = await store.sign(algorithm, { typ: 'JWT' }, { iss: server.issuer, sub: 'alice' });
  const keys = createRemoteJWKSet(new URL(`${server.url}/oauth/jwks`));
  const { payload, protectedHeader } = await jwtVerify(jwt, keys, { algorithms: [algorithm], issuer: server.issuer });
  expect(payload.sub).toBe('alice');
  expect(protectedHeader).toMatchObject({ alg: algorithm, typ: 'JWT' });
});

it.each(ENCRYPTION)('%s: what a client encrypts for the published key is opened', async (alg) => {
  const key = (await published()).find((one) => one.alg === alg)!;
  const jwe = await new CompactEncrypt(Buffer.from('hello'))
    .setProtectedHeader({ alg, enc: 'A256GCM', kid: key.kid })
    .encrypt(await importJWK(key));
  expect(Buffer.from((await store.decrypt(jwe))!).toString()).toBe('hello');
});

it('finds a key for signatures only under its own algorithm, and none for encryption', async () => {
  for (const { kid, alg, use } of await published()) {
    expect((await store.findVerificationKey({ kid, alg })) !== undefined).toBe(use === 'sig');
    expect(await store.findVerificationKey({ kid, alg: alg === 'RS256' ? 'PS256' : 'RS256' })).toBeUndefined();
  }
});

it('keeps nothing private at rest that can be read without SECRET_KEYS', async () => {
  const rows = await query<{ private_key_sealed: string; row: string }>(
    server,
    'SELECT private_key_sealed, to_jsonb(k)::text AS row FROM signing_keys k',
  );
  expect(rows).toHaveLength(ALGORITHMS.length);
  for (const { private_key_sealed, row } of rows) {
    const [header, ...rest] = private_key_sealed.split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ alg: 'dir', enc: 'A256GCM' });
    for (const part of rest) expect(Buffer.from(part, 'base64url').toString('latin1')).not.toContain('kty');
    expect(row).not.toMatch(/"(d|p|q|dp|dq|qi)"/);
  }
});
