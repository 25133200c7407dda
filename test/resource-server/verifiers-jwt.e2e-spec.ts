// JWT access tokens that an application verifies by itself: what it believes, and what it refuses.
// @see RFC 9068 §2.2, §4, RFC 8725 §3 https://www.rfc-editor.org/rfc/rfc9068#section-4
import { createPublicKey, generateKeyPairSync, sign as signRaw } from 'node:crypto';
import { decodeJwt, exportSPKI, importJWK, SignJWT } from 'jose';
import { AUDIENCE, newKey, startIssuer, type TestIssuer } from '../support/issuer.js';
import { ADAPTERS, type GuardedApp, startGuardedApp } from './guarded-app.js';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = (): number => Math.floor(Date.now() / 1000);

describe.each(ADAPTERS)('on %s', (adapter) => {
  let issuer: TestIssuer;
  let app: GuardedApp;
  beforeAll(async () => {
    issuer = await startIssuer('/tenant');
    app = await startGuardedApp({ issuer: issuer.issuer, audience: [AUDIENCE, 'urn:other'] }, { adapter });
  });

  async function expectRefused(token: string): Promise<void> {
    const response = await app.ask(token);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
  }

  it('accepts a token of the issuer, and tells all that it says (§2.2)', async () => {
    const authTime = now() - 60;
    const token = await issuer.sign({
      auth_time: authTime,
      acr: '2',
      amr: ['pwd', 'otp'],
      roles: ['editor'],
      groups: ['staff'],
      entitlements: ['print'],
      tenant: 7,
    });
    const response = await app.ask(token);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      token,
      issuer: issuer.issuer,
      subject: 'alice',
      userId: 'alice',
      clientId: 'web',
      scope: ['read', 'write'],
      audience: [AUDIENCE],
      jti: 'an-id',
      authTime: new Date(authTime * 1000).toISOString(),
      acr: '2',
      amr: ['pwd', 'otp'],
      roles: ['editor'],
      groups: ['staff'],
      entitlements: ['print'],
      claims: { ...decodeJwt(token), tenant: 7 },
    });
  });

  it('knows no user where the client acts for itself, and no roles that the token does not name (§2.2)', async () => {
    const response = await app.ask(
      await issuer.sign({ sub: 'web', scope: undefined, roles: 'editor', auth_time: 'now' }),
    );
    const token = (await response.json()) as object;
    expect(token).toMatchObject({ subject: 'web', clientId: 'web', scope: [], roles: ['editor'], groups: [] });
    expect(token).not.toHaveProperty('userId');
    expect(token).not.toHaveProperty('authTime');
  });

  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt'])('accepts typ %s (§4)', async (typ) => {
    expect((await app.ask(await issuer.sign({}, { header: { typ } }))).status).toBe(200);
  });

  it.each([undefined, 'JWT', 'at', 'jwt+at', 'id+jwt', 'logout+jwt', 'application/jwt', 1])(
    'refuses typ %s (§4)',
    async (typ) => {
      await expectRefused(await issuer.sign({}, { header: { typ } }));
    },
  );

  it.each([
    ['no iss', { iss: undefined }],
    ['another iss', { iss: 'https://issuer.example' }],
    ['iss with a slash more', () => ({ iss: `${issuer.issuer}/` })],
    ['iss in a list', () => ({ iss: [issuer.issuer] })],
    ['no aud', { aud: undefined }],
    ['an empty aud', { aud: [] }],
    ['another aud', { aud: 'https://else.example' }],
    ['our aud with a slash more', { aud: `${AUDIENCE}/` }],
    ['the issuer as aud: it is bound to nothing', () => ({ aud: issuer.issuer })],
    ['the client as aud: an ID token', { aud: 'web' }],
    ['aud with more than texts', { aud: [AUDIENCE, 1] }],
    ['no exp', { exp: undefined }],
    ['exp in the past', () => ({ exp: now() - 60 })],
    ['exp as text', () => ({ exp: String(now() + 60) })],
    ['no iat', { iat: undefined }],
    ['iat in the future', () => ({ iat: now() + 60 })],
    ['nbf in the future', () => ({ nbf: now() + 60 })],
    ['nbf as text', { nbf: '0' }],
    ['no sub', { sub: undefined }],
    ['an empty sub', { sub: '' }],
    ['no client_id', { client_id: undefined }],
    ['no jti', { jti: undefined }],
    ['a binding to a key (RFC 7800)', { cnf: { jkt: 'x' } }],
  ])('refuses %s (§2.2, §4)', async (_, claims: object | (() => object)) => {
    await expectRefused(await issuer.sign(typeof claims === 'function' ? claims() : claims));
  });

  it.each([
    ['one of several audiences', { aud: ['https://else.example', 'urn:other'] }],
    ['clocks that differ a little: exp', () => ({ exp: now() - 2 })],
    ['clocks that differ a little: iat, nbf', () => ({ iat: now() + 3, nbf: now() + 3 })],
  ])('accepts %s', async (_, claims: object | (() => object)) => {
    expect((await app.ask(await issuer.sign(typeof claims === 'function' ? claims() : claims))).status).toBe(200);
  });

  it('refuses an unknown critical extension (RFC 7515 §4.1.11)', async () => {
    const header = { alg: 'ES256', kid: 'first', typ: 'at+jwt', crit: ['x'], x: 1 };
    const text = `${encode(header)}.${(await issuer.sign()).split('.')[1]}`;
    const key = issuer.keys[0].privateKey;
    const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, Buffer.from(text));
    await expectRefused(`${text}.${Buffer.from(signature).toString('base64url')}`);
  });

  it.each(['none', 'None', 'nOnE', ''])('refuses alg "%s" (RFC 8725 §3.1)', async (alg) => {
    const [, payload, signature] = (await issuer.sign()).split('.');
    const header = encode({ alg, kid: 'first', typ: 'at+jwt' });
    for (const one of ['', signature]) await expectRefused(`${header}.${payload}.${one}`);
  });

  it.each(['HS256', 'HS384', 'HS512'])('refuses %s with the public key as the secret (RFC 8725 §2.1)', async (alg) => {
    const { jwk } = issuer.keys[0];
    const secrets = [
      await exportSPKI((await importJWK(jwk, 'ES256', { extractable: true })) as CryptoKey),
      JSON.stringify(jwk),
      createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'der', type: 'spki' }),
    ];
    const claims = decodeJwt(await issuer.sign());
    for (const secret of secrets) {
      const key = new SignJWT(claims).setProtectedHeader({ alg, kid: 'first', typ: 'at+jwt' });
      await expectRefused(await key.sign(Buffer.from(secret as string)));
    }
  });

  it.each(['RS256', 'PS256', 'ES384', 'EdDSA'])("refuses another key's %s under a known kid", async (alg) => {
    await expectRefused(await issuer.sign({}, { key: await newKey('first', alg) }));
  });

  it('refuses another key, also where the token brings it (RFC 8725 §3.10)', async () => {
    const key = await newKey('first');
    const { jwk } = key;
    for (const header of [
      {},
      { jwk },
      { jwk, kid: undefined },
      { jku: `${issuer.issuer}/evil` },
      { x5u: `${issuer.issuer}/evil` },
    ])
      await expectRefused(await issuer.sign({}, { key, header }));
    expect(issuer.requests).not.toContain('/tenant/evil');
  });

  it.each([1, {}, [], null, '../../etc/passwd', "' OR 1=1", 'x'.repeat(5000), '__proto__'])(
    'refuses the kid %j',
    async (kid) => {
      await expectRefused(await issuer.sign({}, { header: { kid } }));
    },
  );

  it('refuses what was changed in any of its parts', async () => {
    const token = await issuer.sign();
    for (const index of [0, 1, 2]) {
      const parts = token.split('.');
      parts[index] = parts[index].slice(0, 10) + (parts[index][10] === 'A' ? 'B' : 'A') + parts[index].slice(11);
      await expectRefused(parts.join('.'));
    }
    expect((await app.ask(token)).status).toBe(200);
  });

  it.each([
    ['opaque text', () => 'opaque'],
    ['two dots', () => '..'],
    ['a payload that is no JSON', () => `${encode({ alg: 'ES256' })}.AAAA.AAAA`],
    ['a payload that is a list', () => `${encode({ alg: 'ES256' })}.${encode([1])}.AAAA`],
    ['a JWE', () => `${encode({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`],
    ['no signature', () => `${encode({ alg: 'ES256', typ: 'at+jwt' })}.${encode({ iss: issuer.issuer })}.`],
  ])('refuses %s', async (_, make) => {
    await expectRefused(make());
  });

  it('accepts tokens up to the limit of a header, and refuses longer ones', async () => {
    expect((await app.ask(await issuer.sign({ pad: 'x'.repeat(8_000) }))).status).toBe(200);
    expect((await app.ask(await issuer.sign({ pad: 'x'.repeat(13_000) }))).status).not.toBe(200);
  });
});

it.each(['RS256', 'RS512', 'PS256', 'PS384', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])(
  'verifies %s where the options list it (RFC 7518 §3.1)',
  async (alg) => {
    const issuer = await startIssuer();
    issuer.keys[0] = await newKey('first', alg);
    const { ask } = await startGuardedApp({ issuer: issuer.issuer, audience: AUDIENCE, jwt: { algorithms: [alg] } });
    expect((await ask(await issuer.sign())).status).toBe(200);
    issuer.keys.push(await newKey('second'));
    expect((await ask(await issuer.sign({}, { key: issuer.keys[1] }))).status).toBe(401);
  },
);

it('refuses RSA keys that are too short (RFC 8725 §3.5)', async () => {
  const issuer = await startIssuer();
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  issuer.keys[0].jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'short', alg: 'RS256' };
  const { ask } = await startGuardedApp({ issuer: issuer.issuer, audience: AUDIENCE });
  const payload = (await issuer.sign({}, { header: { kid: 'short', alg: 'ES256' } })).split('.')[1];
  const text = `${encode({ alg: 'RS256', kid: 'short', typ: 'at+jwt' })}.${payload}`;
  const signature = signRaw('sha256', Buffer.from(text), privateKey).toString('base64url');
  expect((await ask(`${text}.${signature}`)).status).toBe(401);
});

it('accepts tokens that are bound to no resource where the options list the issuer as audience', async () => {
  const issuer = await startIssuer();
  const { ask } = await startGuardedApp({ issuer: issuer.issuer, audience: issuer.issuer });
  expect((await ask(await issuer.sign({ aud: issuer.issuer }))).status).toBe(200);
  expect((await ask(await issuer.sign())).status).toBe(401);
});

it('takes keys that the options give, and asks for none', async () => {
  const issuer = await startIssuer();
  const jwt = { jwks: { keys: [issuer.keys[0].jwk] } };
  const { ask } = await startGuardedApp({ issuer: issuer.issuer, audience: AUDIENCE, jwt });
  expect((await ask(await issuer.sign())).status).toBe(200);
  expect((await ask(await issuer.sign({}, { key: await newKey('second') }))).status).toBe(401);
  expect(issuer.requests).toEqual([]);
});

it('takes a token without kid where only one key fits (RFC 7515 §4.1.4)', async () => {
  const issuer = await startIssuer();
  const { ask } = await startGuardedApp({ issuer: issuer.issuer, audience: AUDIENCE });
  expect((await ask(await issuer.sign({}, { header: { kid: undefined } }))).status).toBe(200);
});
