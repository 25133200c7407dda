// Assertions of clients: what they must hold, who they are for, and that each is taken once.
// @see RFC 7523 §3, RFC 7521 §5.2 https://www.rfc-editor.org/rfc/rfc7523#section-3
import { createSecretKey, randomUUID } from 'node:crypto';
import {
  type AssertionKey,
  ASSERTION_TYPE,
  assertionOf,
  makeAssertionKey,
  now,
  postAssertion,
} from '../support/assertions.js';
import { administer, type CreatedClient, createClient } from '../support/clients.js';
import { query } from '../support/database.js';
import { bootstrap, CLIENTS } from '../support/fixtures.js';
import { baseOf, type Server } from '../support/flow.js';
import { basic, postForm } from '../support/http.js';
import { type RunningServer, sharedServer, startServer } from '../support/server.js';

const server = sharedServer();
const MACHINE = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [], scope: 'read' };
const ES = makeAssertionKey('ES256', 'es');
const RS = makeAssertionKey('RS256', 'rs');

const register = (of: Server, members: object = {}): Promise<CreatedClient> =>
  createClient(of, {
    ...MACHINE,
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [ES.publicJwk, RS.publicJwk] },
    ...members,
  });

let client: CreatedClient;
beforeAll(async () => {
  client = await register(server);
});

const assert = (claims?: object, header?: object, key: AssertionKey = ES, clientId = client.client_id) =>
  assertionOf(server, clientId, key, { ...claims }, { ...header });
const status = async (assertion: Promise<string> | string): Promise<number> =>
  (await postAssertion(server, await assertion)).status;

async function expectInvalidClient(response: Response): Promise<void> {
  expect([response.status, response.headers.get('www-authenticate'), response.headers.get('cache-control')]).toEqual([
    401,
    'Basic realm="OAuth", charset="UTF-8"',
    'no-store',
  ]);
  expect(await response.json()).toEqual({
    error: 'invalid_client',
    error_description: 'Client authentication failed.',
  });
}

describe('an assertion (§3)', () => {
  it('authenticates the client', async () => {
    const response = await postAssertion(server, await assert());
    expect([response.status, await response.json()]).toMatchObject([200, { token_type: 'Bearer', scope: 'read' }]);
  });

  it.each([
    ['ended', 'exp', -5],
    ['begins', 'nbf', 5],
    ['was made', 'iat', 5],
  ])('is taken when clocks differ a little: it %s (%s) %i seconds from now', async (_, claim, seconds) => {
    expect(await status(assert({ [claim]: now() + seconds }))).toBe(200);
  });

  it.each([
    ['with fewer claims', { iat: undefined }],
    ['with more claims', { nbf: 1, custom: { a: [1] } }],
  ])('is taken %s than usual', async (_, claims) => expect(await status(assert(claims))).toBe(200));

  it.each(['JWT', 'jwt', 'client-authentication+jwt'])('may say its type: %s', async (typ) => {
    expect(await status(assert({}, { typ }))).toBe(200);
  });

  it.each<[string, () => object]>([
    ['without iss', () => ({ iss: undefined })],
    ['of another issuer', () => ({ iss: 'web' })],
    ['of this server as issuer', () => ({ iss: server.issuer })],
    ['without sub', () => ({ sub: undefined })],
    ['about another client', () => ({ sub: 'machine' })],
    ['about somebody unknown', () => ({ sub: randomUUID() })],
    ['with a sub that is no text', () => ({ sub: 1 })],
    ['with an empty sub', () => ({ sub: '' })],
    ['without aud', () => ({ aud: undefined })],
    ['for another server', () => ({ aud: 'https://other.example' })],
    ['for this server and another one', () => ({ aud: [server.issuer, 'https://other.example'] })],
    ['for this server in a list', () => ({ aud: [server.issuer] })],
    ['for the token endpoint', () => ({ aud: `${server.issuer}/oauth/token` })],
    ['for this server with a slash', () => ({ aud: `${server.issuer}/` })],
    ['for what is no text', () => ({ aud: { toString: server.issuer } })],
    ['without exp', () => ({ exp: undefined })],
    ['that has ended', () => ({ exp: now() - 20 })],
    ['that ends in two hours', () => ({ exp: now() + 7200 })],
    ['that never ends', () => ({ exp: Number.MAX_SAFE_INTEGER })],
    ['with an exp that is no number', () => ({ exp: String(now() + 60) })],
    ['that has not begun', () => ({ nbf: now() + 60 })],
    ['that was made in the future', () => ({ iat: now() + 60 })],
    ['with an iat that is no number', () => ({ iat: 'now' })],
    ['without jti', () => ({ jti: undefined })],
    ['with an empty jti', () => ({ jti: '' })],
    ['with a jti that is no text', () => ({ jti: 7 })],
  ])('is refused %s', async (_, claims) => {
    await expectInvalidClient(await postAssertion(server, await assert(claims())));
  });

  it.each<[string, object]>([
    ['brings its key along', { jwk: ES.publicJwk }],
    ['names a key on the web', { jku: 'https://client.example/jwks' }],
    ['names a certificate on the web', { x5u: 'https://client.example/cert' }],
    ['brings its certificate along', { x5c: ['MIIB'] }],
    ['has a critical extension', { crit: ['exp'], exp: 1 }],
    ['names a key that is not registered', { kid: 'unknown' }],
    ['names a key of another type', { kid: 'rs' }],
    ['names a key that is no text', { kid: 1 }],
    ['is an access token', { typ: 'at+jwt' }],
    ['is a logout token', { typ: 'logout+jwt' }],
  ])('is refused when its header %s (RFC 8725 §3.10, §3.11)', async (_, header) => {
    await expectInvalidClient(await postAssertion(server, await assert({}, header)));
  });
});

describe('the signature (§3)', () => {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

  it.each([
    [
      'a changed claim',
      ([head, , end]: string[]) => `${head}.${encode({ iss: client.client_id, sub: client.client_id })}.${end}`,
    ],
    [
      'a changed header',
      ([, body, end]: string[]) => `${encode({ alg: 'ES256', kid: 'es', typ: 'JWT' })}.${body}.${end}`,
    ],
    [
      'a changed signature',
      ([head, body, end]: string[]) => `${head}.${body}.${end.startsWith('A') ? 'B' : 'A'}${end.slice(1)}`,
    ],
    ['no signature', ([head, body]: string[]) => `${head}.${body}.`],
    ['alg none', ([, body]: string[]) => `${encode({ alg: 'none' })}.${body}.`],
    ['alg none with a signature', ([, body, end]: string[]) => `${encode({ alg: 'none' })}.${body}.${end}`],
    ['an alg that is no text', ([, body, end]: string[]) => `${encode({ alg: ['ES256'] })}.${body}.${end}`],
    ['an unknown alg', ([, body, end]: string[]) => `${encode({ alg: 'XX1' })}.${body}.${end}`],
    ['five parts', ([head, body, end]: string[]) => `${head}.${body}.${end}.${end}.${end}`],
    ['a header that is no JSON', ([, body, end]: string[]) => `e30x.${body}.${end}`],
    ['claims that are no JSON', ([head, , end]: string[]) => `${head}.e30x.${end}`],
    ['spaces', (parts: string[]) => ` ${parts.join('.')}`],
    ['padding', ([head, body, end]: string[]) => `${head}=.${body}.${end}`],
  ])('is refused with %s', async (_, change) => {
    const parts = (await assert()).split('.');
    await expectInvalidClient(await postAssertion(server, change(parts)));
  });

  it('must be of a key of this client, not of another one with the same kid', async () => {
    await expectInvalidClient(await postAssertion(server, await assert({}, {}, makeAssertionKey('ES256', 'es'))));
  });

  it('is no MAC with the public key as secret (RFC 8725 §2.1)', async () => {
    const secret = Buffer.from(JSON.stringify(RS.publicJwk));
    const key = { alg: 'HS256', kid: 'rs', privateKey: createSecretKey(secret), publicJwk: {} };
    await expectInvalidClient(await postAssertion(server, await assert({}, {}, key)));
  });

  it('is bound in length before anything is computed', async () => {
    await expectInvalidClient(await postAssertion(server, await assert({ long: 'x'.repeat(9000) })));
    expect(await status(assert({ long: 'x'.repeat(5000) }))).toBe(200);
  });

  it('has the algorithm that is registered, where one is (OIDC Registration §2)', async () => {
    const { client_id } = await register(server, { token_endpoint_auth_signing_alg: 'RS256' });
    expect(await status(assert({}, {}, ES, client_id))).toBe(401);
    expect(await status(assert({}, {}, RS, client_id))).toBe(200);
  });
});

describe('an assertion is taken once (§3)', () => {
  it('is refused the second time', async () => {
    const assertion = await assert();
    expect(await status(assertion)).toBe(200);
    await expectInvalidClient(await postAssertion(server, assertion));
    await expectInvalidClient(await postAssertion(server, assertion, { token: 'x' }, '/oauth/introspect'));
  });

  it('is refused with a new signature and the same jti', async () => {
    const jti = randomUUID();
    expect([await status(assert({ jti })), await status(assert({ jti, exp: now() + 120 }))]).toEqual([200, 401]);
  });

  it('leaves the jti of other clients alone', async () => {
    const jti = randomUUID();
    const other = await register(server);
    expect(await status(assert({ jti }))).toBe(200);
    expect(await status(assert({ jti }, {}, ES, other.client_id))).toBe(200);
  });

  it('is not used up by an attempt that fails', async () => {
    const jti = randomUUID();
    expect(await status(assert({ jti, aud: 'https://other.example' }))).toBe(401);
    expect(await status(assert({ jti }, {}, makeAssertionKey('ES256', 'es')))).toBe(401);
    expect(await status(assert({ jti }))).toBe(200);
  });

  it('has one winner of thirty at the same moment', async () => {
    const assertion = await assert();
    const answers = await Promise.all(Array.from({ length: 30 }, () => status(assertion)));
    expect(answers.sort()).toEqual([200, ...Array<number>(29).fill(401)]);
  });

  it('is remembered beyond its end, and as a hash', async () => {
    const jti = randomUUID();
    const exp = now() + 60;
    expect(await status(assert({ jti, exp }))).toBe(200);
    const rows = await query<{ key: string; rest: number }>(
      server,
      `SELECT encode(assertion_key, 'escape') AS key, extract(epoch FROM expires_at)::int - $1::int AS rest FROM used_assertions
       WHERE assertion_key = sha256($2::bytea)`,
      [exp, JSON.stringify([client.client_id, jti])],
    );
    expect(rows).toMatchObject([{ rest: 60 }]);
    expect(rows[0].key).not.toContain(jti);
  });
});

describe('the request (RFC 7521 §4.2)', () => {
  const send = async (parameters: Record<string, string>, headers = {}): Promise<Response> =>
    postForm(
      `${baseOf(server)}/oauth/token`,
      {
        grant_type: 'client_credentials',
        client_assertion: await assert(),
        client_assertion_type: ASSERTION_TYPE,
        ...parameters,
      },
      headers,
    );

  it('may name the client as well, but no other one', async () => {
    expect((await send({ client_id: client.client_id })).status).toBe(200);
    const other = await send({ client_id: 'machine' });
    expect([other.status, await other.json()]).toMatchObject([400, { error: 'invalid_request' }]);
  });

  it.each(['', 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer', 'jwt-bearer'])(
    'must have the type of this assertion, not %j',
    async (type) => expectInvalidClient(await send({ client_assertion_type: type })),
  );

  it.each<[string, Record<string, string>, object]>([
    ['a secret in the body', { client_secret: 'x'.repeat(40), client_id: 'PLACE' }, {}],
    ['a secret in the header', {}, { authorization: basic('machine', 'x') }],
  ])('must not use %s as well (RFC 6749 §2.3)', async (_, parameters, headers) => {
    const given = parameters.client_id ? { ...parameters, client_id: client.client_id } : parameters;
    const response = await send(given, headers);
    expect([response.status, await response.json()]).toMatchObject([400, { error: 'invalid_request' }]);
  });

  it('must not have two assertions', async () => {
    const [first, second] = [await assert(), await assert()];
    const body = new URLSearchParams([
      ['grant_type', 'client_credentials'],
      ['client_assertion_type', ASSERTION_TYPE],
      ['client_assertion', first],
      ['client_assertion', second],
    ]);
    const response = await fetch(`${baseOf(server)}/oauth/token`, { method: 'POST', body });
    expect([response.status, await response.json()]).toMatchObject([400, { error: 'invalid_request' }]);
  });

  it('is answered alike for clients that are unknown, disabled, or registered for another method', async () => {
    const disabled = await register(server);
    expect((await administer(server, 'POST', `/api/clients/${disabled.client_id}/disable`)).status).toBe(200);
    for (const id of [randomUUID(), disabled.client_id, CLIENTS.machine.client_id, CLIENTS.spa.client_id])
      await expectInvalidClient(await postAssertion(server, await assert({}, {}, ES, id)));
  });
});

describe('several instances', () => {
  let servers: [RunningServer, RunningServer];

  beforeAll(async () => {
    const first = await startServer({ bootstrap: bootstrap() });
    servers = [first, await startServer({ database: first.database, env: { ISSUER: first.issuer } })];
  });

  it('take an assertion once, all together (§3)', async () => {
    const { client_id } = await register(servers[0]);
    const assertion = await assertionOf(servers[0], client_id, ES);
    const send = (index: number): Promise<Response> =>
      postForm(`${servers[index % 2].url}/oauth/token`, {
        grant_type: 'client_credentials',
        client_assertion: assertion,
        client_assertion_type: ASSERTION_TYPE,
      });
    const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => send(index)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array<number>(29).fill(401)]);
  });
});

describe('older audiences (§3)', () => {
  const TOKEN = (of: Server): string => `${of.issuer}/oauth/token`;

  async function statusFor(of: Server, clientId: string, aud: unknown, path = '/oauth/token'): Promise<number> {
    const parameters = path === '/oauth/token' ? undefined : { token: 'x' };
    return (await postAssertion(of, await assertionOf(of, clientId, ES, { aud }), parameters, path)).status;
  }

  it('are taken of a client whose registration says so: the token endpoint, the endpoint called, lists', async () => {
    const { client_id } = await register(server, { assertion_audience: 'endpoints' });
    const introspection = `${server.issuer}/oauth/introspect`;
    const listed = [TOKEN(server), 'https://other.example'];
    for (const aud of [server.issuer, TOKEN(server), listed, [server.issuer]])
      expect(await statusFor(server, client_id, aud)).toBe(200);
    for (const aud of [server.issuer, TOKEN(server), introspection])
      expect(await statusFor(server, client_id, aud, '/oauth/introspect')).toBe(200);
    for (const aud of [introspection, 'https://other.example', [], ['x'], `${TOKEN(server)}/`, null])
      expect(await statusFor(server, client_id, aud)).toBe(401);
  });

  it('are taken of all clients with ASSERTION_AUDIENCE=endpoints, but of those that say otherwise', async () => {
    const open = await startServer({ bootstrap: bootstrap(), env: { ASSERTION_AUDIENCE: 'endpoints' } });
    const [any, strict] = [await register(open), await register(open, { assertion_audience: 'issuer' })];
    expect(await statusFor(open, any.client_id, TOKEN(open))).toBe(200);
    expect(await statusFor(open, strict.client_id, TOKEN(open))).toBe(401);
    expect(await statusFor(open, strict.client_id, open.issuer)).toBe(200);
  });
});
