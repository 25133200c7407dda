// JWT access tokens at this server's own guard: what is signed by us and meant as an access token, and nothing else.
// Forgeries are made with the real key, so that each test changes one thing only.
// @see RFC 9068 §4, §5, RFC 8725 §2, §3 https://www.rfc-editor.org/rfc/rfc9068#section-4
import { createPrivateKey, createPublicKey, type KeyObject, sign as signRaw } from 'node:crypto';
import { createServer } from 'node:http';
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { Sealer } from '../../src/common/sealer.js';
import { query } from '../support/database.js';
import { CLIENTS, RESOURCES } from '../support/fixtures.js';
import { baseOf, introspect, me, obtainTokens, revoke } from '../support/flow.js';
import { sharedServer } from '../support/server.js';
import { SECRET_KEYS } from '../support/state.js';

const server = sharedServer();
const { api, web, webJwt } = CLIENTS;

type Claims = Record<string, unknown>;
type Header = Record<string, unknown>;

let token: string;
let header: Header;
let claims: Claims;
let ours: KeyObject;
let published: JWK;

beforeAll(async () => {
  token = (await obtainTokens(server, webJwt, { scope: 'profile read' })).access_token;
  header = decodeProtectedHeader(token);
  claims = decodeJwt(token);
  const [row] = await query<{ private_key_sealed: string; public_jwk: JWK }>(
    server,
    'SELECT private_key_sealed, public_jwk FROM signing_keys WHERE kid = $1',
    [header.kid],
  );
  published = row.public_jwk;
  const jwk = await new Sealer([SECRET_KEYS]).open<JWK>('signing-key', row.private_key_sealed);
  ours = createPrivateKey({ key: jwk as never, format: 'jwk' });
});

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function sign(
  key: KeyObject | CryptoKey | Uint8Array,
  changes: { header?: Header; claims?: Claims } = {},
): Promise<string> {
  return new SignJWT({ ...claims, ...changes.claims })
    .setProtectedHeader({ ...header, ...changes.header } as never)
    .sign(key);
}

async function expectRefused(forged: string): Promise<void> {
  const response = await me(server, forged);
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/);
  for (const client of [api, webJwt]) {
    expect(await introspect(server, forged, client)).toEqual({ active: false });
  }
}

it('takes what was issued, and the same claims signed again with the same key (§4)', async () => {
  expect((await me(server, token)).status).toBe(200);
  expect((await me(server, await sign(ours))).status).toBe(200);
});

it('finds a key to forge with, and its public half where everybody does', async () => {
  const { keys } = (await (await fetch(`${baseOf(server)}/oauth/jwks`)).json()) as { keys: JWK[] };
  expect(keys).toContainEqual(published);
});

describe('refuses another type of JWT (§4, RFC 8725 §3.11)', () => {
  it.each(['JWT', 'jwt', 'at-jwt', 'logout+jwt', 'application/jwt', '', undefined])('typ %s', async (typ) => {
    await expectRefused(await sign(ours, { header: { typ } }));
  });
});

it.each(['AT+JWT', 'application/at+jwt'])(
  'takes typ in any case, and with application/: %s (§4, RFC 7515 §4.1.9)',
  async (typ) => {
    expect((await me(server, await sign(ours, { header: { typ } }))).status).toBe(200);
  },
);

describe('refuses another issuer (§4)', () => {
  it.each(['https://other.example.com', '', undefined, ['x']])('iss %j', async (iss) => {
    await expectRefused(await sign(ours, { claims: { iss } }));
  });

  it('iss with a slash more', async () => {
    await expectRefused(await sign(ours, { claims: { iss: `${server.issuer}/` } }));
  });
});

describe('refuses a token whose time is over or has not begun (§4)', () => {
  const now = Math.floor(Date.now() / 1000);
  it.each([
    ['exp in the past', { exp: now - 60 }],
    ['nbf in the future', { nbf: now + 600 }],
    ['exp that is no number', { exp: 'tomorrow' }],
  ])('%s', async (_, changes) => {
    await expectRefused(await sign(ours, { claims: changes }));
  });
});

describe('refuses a token that was not issued (§4)', () => {
  it.each([
    ['an unknown jti', 'A'.repeat(48)],
    ['no jti', undefined],
    ['an empty jti', ''],
    ['a jti that is no text', 17],
    ['a jti that is a list', ['x']],
    ['a jti that is an object', { toString: 'x' }],
  ])('%s', async (_, jti) => {
    await expectRefused(await sign(ours, { claims: { jti } }));
  });

  it('an opaque token of the same text as a jti', async () => {
    await expectRefused(claims.jti as string);
  });
});

it('takes scope, client and user from what was issued, not from the text (§4)', async () => {
  const narrow = (await obtainTokens(server, webJwt, { scope: 'read' })).access_token;
  const wide = await new SignJWT({ ...decodeJwt(narrow), scope: 'profile read users:write', sub: 'somebody' })
    .setProtectedHeader(header as never)
    .sign(ours);
  expect((await me(server, wide)).status).toBe(403);
  expect(await introspect(server, wide)).toMatchObject({ active: true, scope: 'read', sub: claims.sub });
});

describe('refuses a signature that is not ours (RFC 8725 §2.1, §3.1)', () => {
  it.each(['none', 'None', 'NONE', 'nOnE'])('alg %s without a signature', async (alg) => {
    const text = `${encode({ ...header, alg })}.${encode(claims)}`;
    await expectRefused(`${text}.`);
    await expectRefused(`${text}.${token.split('.')[2]}`);
  });

  it('no signature under the right alg', async () => {
    const [head, payload] = token.split('.');
    await expectRefused(`${head}.${payload}.`);
    await expectRefused(`${head}.${payload}.${'A'.repeat(86)}`);
  });

  it.each([
    ['the PEM', (key: KeyObject) => key.export({ format: 'pem', type: 'spki' }) as string],
    ['the DER', (key: KeyObject) => key.export({ format: 'der', type: 'spki' })],
    ['the JWK', (_key: KeyObject, jwk: JWK) => JSON.stringify(jwk)],
    ['x', (_key: KeyObject, jwk: JWK) => Buffer.from(jwk.x!, 'base64url')],
  ])('HS256 with %s of the public key as the secret', async (_, secretOf) => {
    const secret = Buffer.from(secretOf(createPublicKey(ours), published) as string);
    for (const alg of ['HS256', 'HS384', 'HS512']) await expectRefused(await sign(secret, { header: { alg } }));
  });

  it('another key under our kid, and under its own', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    for (const changes of [{}, { kid: 'another' }, { kid: undefined }, { jwk }, { jwk, kid: undefined }]) {
      await expectRefused(await sign(privateKey, { header: changes }));
    }
  });

  it.each(['jku', 'x5u'])('another key that %s points to, which is never fetched', async (member) => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: header.kid, alg: 'ES256', use: 'sig' };
    let fetched = 0;
    const attacker = createServer((_request, response) => {
      fetched++;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
    });
    await new Promise<void>((done) => attacker.listen(0, '127.0.0.1', done));
    const { port } = attacker.address() as { port: number };
    const url = `http://127.0.0.1:${port}/jwks`;
    await expectRefused(await sign(privateKey, { header: { [member]: url } }));
    await expectRefused(await sign(privateKey, { header: { [member]: url, kid: url } }));
    attacker.close();
    expect(fetched).toBe(0);
  });

  it.each([
    ['RS256', 'RS256'],
    ['ES384', 'ES384'],
    ['PS256', 'PS256'],
    ['EdDSA', 'EdDSA'],
  ])('another algorithm under our kid: %s', async (_, alg) => {
    const { privateKey } = await generateKeyPair(alg);
    await expectRefused(await sign(privateKey, { header: { alg } }));
  });

  it.each([
    ['a path', '../../etc/passwd'],
    ['SQL', "' OR '1'='1"],
    ['very long', 'x'.repeat(5000)],
    ['NUL', 'a\0b'],
    ['no text', 1],
    ['an object', {}],
    ['__proto__', '__proto__'],
  ])('a kid that is %s', async (_, kid) => {
    await expectRefused(await sign(ours, { header: { kid } }));
  });

  it('a critical extension that nobody knows (RFC 7515 §4.1.11)', async () => {
    const text = `${encode({ ...header, crit: ['x-unknown'], 'x-unknown': true })}.${encode(claims)}`;
    const signature = signRaw('sha256', Buffer.from(text), { key: ours, dsaEncoding: 'ieee-p1363' });
    await expectRefused(`${text}.${signature.toString('base64url')}`);
  });

  it('a text that was changed in any of its parts', async () => {
    const parts = token.split('.');
    for (const index of [0, 1, 2]) {
      const changed = [...parts];
      const at = 10;
      const part = parts[index];
      changed[index] = part.slice(0, at) + (part[at] === 'A' ? 'B' : 'A') + part.slice(at + 1);
      await expectRefused(changed.join('.'));
    }
  });
});

describe('refuses what is malformed', () => {
  it.each([
    ['payload that is no JSON', () => `${encode(header)}.AAAA.AAAA`],
    ['payload that is a text', () => `${encode(header)}.${encode('x')}.AAAA`],
    ['header that is a list', () => `${encode([])}.${encode(claims)}.AAAA`],
    ['a JWE of five parts', () => `${encode({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`],
    ['the JSON serialization', () => Buffer.from(JSON.stringify({ payload: 'x', signatures: [] })).toString('base64')],
    ['more than it can be', () => `${encode(header)}.${'A'.repeat(15_000)}.AAAA`],
  ])('%s', async (_, make) => {
    await expectRefused(make());
  });
});

describe('audience (§4, RFC 8707 §2)', () => {
  it('takes a token without a resource, whose aud is the issuer', async () => {
    expect(claims.aud).toBe(server.issuer);
    expect((await me(server, token)).status).toBe(200);
  });

  it('refuses a token for another resource, whatever aud its text says', async () => {
    const { access_token } = await obtainTokens(server, web, {
      scope: 'profile read',
      resource: RESOURCES.jwt.identifier,
    });
    expect((await me(server, access_token)).status).toBe(401);
    const disguised = await new SignJWT({ ...decodeJwt(access_token), aud: server.issuer })
      .setProtectedHeader(header as never)
      .sign(ours);
    expect((await me(server, disguised)).status).toBe(401);
  });
});

it('is refused at once after its revocation, by introspection and by the guard (§5)', async () => {
  const { access_token } = await obtainTokens(server, webJwt, { scope: 'profile read' });
  expect((await me(server, access_token)).status).toBe(200);
  expect((await introspect(server, access_token)).active).toBe(true);
  expect((await revoke(server, webJwt, access_token)).status).toBe(200);
  await expectRefused(access_token);
});

it('is refused at once after the revocation of its refresh token (§5)', async () => {
  const { access_token, refresh_token } = await obtainTokens(server, webJwt, { scope: 'profile read' });
  expect((await me(server, access_token)).status).toBe(200);
  await revoke(server, webJwt, refresh_token!);
  await expectRefused(access_token);
});
