// Which JWTs are request objects of a client's, and which never are.
// @see RFC 9101 §6, §10 https://www.rfc-editor.org/rfc/rfc9101#section-6
import { CompactSign, exportSPKI, importJWK, UnsecuredJWT } from 'jose';
import type { Answer } from '../support/authorization-request.js';
import { type ClientKey, clientKey, signClaims } from '../support/client-keys.js';
import { administer, createClient } from '../support/clients.js';
import { CLIENTS } from '../support/fixtures.js';
import { authorize, obtainTokens, signIn } from '../support/flow.js';
import type { CookieJar, ParameterMap } from '../support/http.js';
import { openidConfiguration } from '../support/openid.js';
import {
  encode,
  encryptFor,
  objectClaims,
  requestObject,
  send,
  signingClient,
  type SigningClient,
  unsigned,
} from '../support/request-objects.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { web } = CLIENTS;
const now = (): number => Math.floor(Date.now() / 1000);
let client: SigningClient;
let jar: CookieJar;

beforeAll(async () => {
  client = await signingClient(server);
  jar = await signIn(server);
});

/** By POST, which takes what is too long for a URL. */
function present(request: string, by: SigningClient = client): Promise<Answer> {
  return send(server, { client_id: by.client_id, request }, { jar, method: 'POST' });
}

const TAKEN = { kind: 'answer', params: { code: expect.any(String) } };
const REFUSED = { kind: 'error page', error: 'invalid_request_object' };

describe('the signature (§6.2)', () => {
  it('of another key is refused', async () => {
    const other = await clientKey('ES256', client.key.kid);
    expect(await present(await signClaims(other, objectClaims(server, client)))).toMatchObject(REFUSED);
  });

  it('of another client is refused', async () => {
    const other = await signingClient(server, {}, await clientKey('ES256', 'other'));
    expect(await present(await requestObject(server, other), client)).toMatchObject(REFUSED);
    expect(await present(await signClaims(other.key, objectClaims(server, client)))).toMatchObject(REFUSED);
  });

  it('covers header and parameters', async () => {
    const [header, payload, signature] = (await requestObject(server, client)).split('.');
    const claims = encode(objectClaims(server, client, { scope: 'write' }));
    const otherHeader = encode({ alg: 'ES256', kid: client.key.kid, extra: true });
    for (const changed of [
      `${header}.${claims}.${signature}`,
      `${otherHeader}.${payload}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -2)}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
    ])
      expect(await present(changed)).toMatchObject(REFUSED);
  });

  it('with a MAC is refused: over the public key, over the secret, over nothing (§10.1)', async () => {
    const publicKey = await importJWK(client.key.publicJwk, 'ES256', { extractable: true });
    const secrets = [await exportSPKI(publicKey as never), JSON.stringify(client.key.publicJwk), client.client_secret!];
    for (const secret of secrets) {
      const object = await new CompactSign(Buffer.from(JSON.stringify(objectClaims(server, client))))
        .setProtectedHeader({ alg: 'HS256', kid: client.key.kid })
        .sign(Buffer.from(secret));
      expect(await present(object)).toMatchObject(REFUSED);
    }
  });

  it.each(['none', 'None', 'NONE', '', 'RS1', 'ES256 ', undefined, null, ['ES256']])(
    'with the algorithm %p is refused',
    async (alg) => {
      const [, payload, signature] = (await requestObject(server, client)).split('.');
      const header = encode({ alg, kid: client.key.kid });
      expect(await present(`${header}.${payload}.${signature}`)).toMatchObject(REFUSED);
      expect(await present(`${header}.${payload}.`)).toMatchObject(REFUSED);
    },
  );

  it('is not missing (§10.2)', async () => {
    expect(await present(unsigned(objectClaims(server, client)))).toMatchObject(REFUSED);
    expect(await present(new UnsecuredJWT(objectClaims(server, client)).encode())).toMatchObject(REFUSED);
  });

  it('has the algorithm that the client has registered, and no other (OIDC Registration §2)', async () => {
    const [rs256, ps256] = [await clientKey('RS256', 'one'), await clientKey('PS256', 'two')];
    const jwks = { keys: [rs256.publicJwk, ps256.publicJwk] };
    const pinned = await signingClient(server, { jwks, request_object_signing_alg: 'PS256' }, ps256);
    expect(await present(await requestObject(server, pinned), pinned)).toMatchObject(TAKEN);
    const other = await signClaims(rs256, objectClaims(server, pinned));
    expect(await present(other, pinned)).toMatchObject(REFUSED);
  });

  it('of a client without keys is refused', async () => {
    const bare = { ...(await createClient(server)), key: client.key };
    expect(await present(await requestObject(server, bare), bare)).toMatchObject(REFUSED);
  });
});

describe('the header', () => {
  it.each<[string, (key: ClientKey) => object]>([
    ['jwk', (key) => ({ jwk: key.publicJwk })],
    ['jku', () => ({ jku: 'https://attacker.example/jwks' })],
    ['x5u', () => ({ x5u: 'https://attacker.example/cert' })],
    ['x5c', () => ({ x5c: ['MIIB'] })],
  ])('that brings its key is refused: %s (RFC 8725 §3.10)', async (_, member) => {
    const header = { alg: 'ES256', kid: client.key.kid, ...member(client.key) };
    const object = await new CompactSign(Buffer.from(JSON.stringify(objectClaims(server, client))))
      .setProtectedHeader(header)
      .sign(client.key.privateKey);
    expect(await present(object)).toMatchObject(REFUSED);
  });

  it('that demands to be understood is refused: crit (RFC 7515 §4.1.11)', async () => {
    const object = await new CompactSign(Buffer.from(JSON.stringify(objectClaims(server, client))))
      .setProtectedHeader({ alg: 'ES256', kid: client.key.kid, crit: ['ours'], ours: 1 })
      .sign(client.key.privateKey, { crit: { ours: true } });
    expect(await present(object)).toMatchObject(REFUSED);
  });

  it.each(['unknown', '', 'SIG-1'])('that names the key %p is refused', async (kid) => {
    expect(await present(await requestObject(server, client, {}, { kid }))).toMatchObject(REFUSED);
  });

  it.each([1, null, {}, ['sig-1']])('whose kid is no text is refused: %p', async (kid) => {
    expect(await present(await requestObject(server, client, {}, { kid }))).toMatchObject(REFUSED);
  });

  it('without a kid is taken when only one key fits', async () => {
    expect(await present(await requestObject(server, client, {}, { kid: undefined }))).toMatchObject(TAKEN);
  });

  it.each([undefined, 'JWT', 'jwt', 'oauth-authz-req+jwt', 'application/oauth-authz-req+jwt'])(
    'with the type %p is that of a request object (§10.8)',
    async (typ) => expect(await present(await requestObject(server, client, {}, { typ }))).toMatchObject(TAKEN),
  );

  it.each(['at+jwt', 'client-authentication+jwt', 'logout+jwt', 'dpop+jwt', 'JOSE', ''])(
    'with the type %p is that of another JWT (§10.8)',
    async (typ) => expect(await present(await requestObject(server, client, {}, { typ }))).toMatchObject(REFUSED),
  );
});

describe('the claims (§4)', () => {
  it.each<[string, () => Record<string, unknown>]>([
    ['no iss, aud, exp and iat', () => ({ iss: undefined, aud: undefined, exp: undefined, iat: undefined })],
    ['several audiences, with the issuer', () => ({ aud: ['https://other.example', server.issuer] })],
    ['clocks that differ by eight seconds', () => ({ nbf: now() + 8, iat: now() + 8, exp: now() - 8 })],
    ['a subject', () => ({ sub: 'somebody' })],
    ['a jti', () => ({ jti: 'once' })],
  ])('may have %s', async (_, claims) => {
    expect(await present(await requestObject(server, client, claims()))).toMatchObject(TAKEN);
  });

  it.each<[string, () => Record<string, unknown>]>([
    ['another issuer', () => ({ iss: 'other' })],
    ['the server as issuer', () => ({ iss: server.issuer })],
    ['another audience', () => ({ aud: 'https://other.example' })],
    ['another audience, in a list', () => ({ aud: ['https://other.example', `${server.issuer}/`] })],
    ['no audience, but an empty list', () => ({ aud: [] })],
    ['an exp that has passed', () => ({ exp: now() - 15 })],
    ['an nbf to come', () => ({ nbf: now() + 60 })],
    ['an iat to come', () => ({ iat: now() + 60 })],
    ['an exp that is no number', () => ({ exp: String(now() + 60) })],
    ['no client_id', () => ({ client_id: undefined })],
    ['a client_id that is no text', () => ({ client_id: [client.client_id] })],
    ['another request object inside', () => ({ request: 'x.y.z' })],
    ['an empty request object inside', () => ({ request: '' })],
    ['a request_uri inside', () => ({ request_uri: 'https://jar.example/object' })],
    ['null for a parameter', () => ({ state: null })],
    ['NUL in a parameter', () => ({ state: 'a\0b' })],
    ['a lone surrogate in a parameter', () => ({ state: 'a\ud800b' })],
    ['the name of a prototype', () => ({ claims: JSON.parse('{"__proto__":{}}') as object })],
  ])('must not have %s', async (_, claims) => {
    expect(await present(await requestObject(server, client, claims()))).toMatchObject(REFUSED);
  });

  it.each(['', 'null', '[]', '"text"', '1', '{', '{"client_id":', '\ufeff{}'])(
    'are a JSON object, not %j',
    async (text) => {
      const object = await new CompactSign(Buffer.from(text))
        .setProtectedHeader({ alg: 'ES256', kid: client.key.kid })
        .sign(client.key.privateKey);
      expect(await present(object)).toMatchObject(REFUSED);
    },
  );

  it('are UTF-8', async () => {
    const bytes = Buffer.from(JSON.stringify(objectClaims(server, client, { state: '\u00e9' })), 'latin1');
    const object = await new CompactSign(bytes).setProtectedHeader({ alg: 'ES256' }).sign(client.key.privateKey);
    expect(await present(object)).toMatchObject(REFUSED);
  });

  it('are not those of 40 KiB', async () => {
    expect(await present(await requestObject(server, client, { note: 'x'.repeat(30_000) }))).toMatchObject(REFUSED);
    expect(await present('x'.repeat(40_000))).toMatchObject(REFUSED);
  });

  it.each(['.', '..', '...', '....', 'x', 'e30.e30.e30', 'e30.e30.e30.e30.e30', '{"payload":""}'])(
    'are in a JWT, not in %j',
    async (request) => expect(await present(request)).toMatchObject(REFUSED),
  );
});

describe('other JWTs (§10.8)', () => {
  it('a client assertion is no request object', async () => {
    const { client_id } = client;
    const assertion = { iss: client_id, sub: client_id, aud: server.issuer, jti: 'j', exp: now() + 60 };
    expect(await present(await signClaims(client.key, assertion))).toMatchObject(REFUSED);
    const parameters = objectClaims(server, client, assertion);
    expect(await present(await signClaims(client.key, parameters))).toMatchObject(REFUSED);
  });

  it('tokens of the server are no request objects, even for a client that names its keys', async () => {
    const { jwks_uri } = await openidConfiguration(server);
    const keys = (await (await fetch(jwks_uri as string)).json()) as { keys: { use: string }[] };
    const impostor = await createClient(server, { jwks: { keys: keys.keys.filter(({ use }) => use === 'sig') } });
    const { id_token } = await obtainTokens(server, web, { scope: 'openid' }, jar);
    expect(await present(id_token!, { ...impostor, key: client.key })).toMatchObject(REFUSED);
  });
});

describe('an encrypted request object (§6.1)', () => {
  it.each([
    ['RSA-OAEP-256', 'A128CBC-HS256'],
    ['RSA-OAEP-256', 'A256GCM'],
    ['ECDH-ES', 'A128GCM'],
    ['ECDH-ES', 'A256CBC-HS512'],
  ])('is opened with the key of the server: %s, %s', async (alg, enc) => {
    const object = await encryptFor(server, await requestObject(server, client), { alg, enc });
    expect(await present(object)).toMatchObject(TAKEN);
    expect(
      await present(await encryptFor(server, await requestObject(server, client), { alg, enc, cty: undefined })),
    ).toMatchObject(TAKEN);
  });

  it('may come encrypted or not, whatever the client has registered (OIDC Registration §2)', async () => {
    const own = await signingClient(server, { request_object_encryption_alg: 'RSA-OAEP-256' });
    const signed = await requestObject(server, own);
    for (const object of [signed, await encryptFor(server, signed, { alg: 'ECDH-ES' })])
      expect(await present(object, own)).toMatchObject(TAKEN);
  });

  it('must be signed inside', async () => {
    const claims = objectClaims(server, client);
    for (const inside of [unsigned(claims), JSON.stringify(claims), 'x', ''])
      expect(await present(await encryptFor(server, inside))).toMatchObject(REFUSED);
  });

  it('must not be compressed (RFC 8725 §3.6)', async () => {
    const bomb = await encryptFor(server, 'x'.repeat(2_000_000), { zip: 'DEF' });
    expect(bomb.length).toBeLessThan(10_000);
    expect(await present(bomb)).toMatchObject(REFUSED);
    const small = await encryptFor(server, await requestObject(server, client), { zip: 'DEF' });
    expect(await present(small)).toMatchObject(REFUSED);
  });

  it('must not hold another encrypted one', async () => {
    const once = await encryptFor(server, await requestObject(server, client));
    expect(await present(await encryptFor(server, once))).toMatchObject(REFUSED);
  });

  it('must be for the server, and unchanged', async () => {
    const object = await encryptFor(server, await requestObject(server, client));
    expect(await present(await encryptFor(server, 'x', { kid: 'unknown' }))).toMatchObject(REFUSED);
    const parts = object.split('.');
    parts[3] = `${parts[3].startsWith('A') ? 'B' : 'A'}${parts[3].slice(1)}`;
    expect(await present(parts.join('.'))).toMatchObject(REFUSED);
  });

  it('must not bring a key of its own in the header', async () => {
    const [, ...rest] = (await encryptFor(server, 'x')).split('.');
    const header = encode({ alg: 'ECDH-ES', enc: 'A128GCM', jku: 'https://attacker.example/jwks' });
    expect(await present([header, ...rest].join('.'))).toMatchObject(REFUSED);
  });
});

describe('require_signed_request_object (§10.5)', () => {
  it('refuses a request without request object, by GET and by POST', async () => {
    const strict = await signingClient(server, { require_signed_request_object: true });
    const parameters = objectClaims(server, strict) as ParameterMap;
    for (const method of ['GET', 'POST'] as const) {
      const answer = await send(server, parameters, { jar, method });
      expect(answer).toMatchObject({ kind: 'answer', params: { error: 'invalid_request', state: 'inside' } });
    }
  });

  it('takes a signed one, and goes on with it after the sign-in', async () => {
    const strict = await signingClient(server, { require_signed_request_object: true });
    expect(await present(await requestObject(server, strict), strict)).toMatchObject(TAKEN);
    for (const method of ['GET', 'POST'] as const) {
      const request = await requestObject(server, strict, { prompt: 'login' });
      const flow = await authorize(server, { client_id: strict.client_id, request }, { method });
      expect(flow.pages).toEqual(['sign-in']);
      expect(flow.params).toMatchObject({ code: expect.any(String), state: 'inside' });
    }
  });

  it('needs keys, and a signature', async () => {
    const { client_id } = await createClient(server);
    const change = async (members: object): Promise<number> =>
      (await administer(server, 'PATCH', `/api/clients/${client_id}`, members)).status;
    const jwks = { keys: [client.key.publicJwk] };
    expect(await change({ require_signed_request_object: true })).toBe(400);
    expect(await change({ require_signed_request_object: true, jwks, request_object_signing_alg: 'none' })).toBe(400);
    expect(await change({ require_signed_request_object: true, jwks })).toBe(200);
  });
});
