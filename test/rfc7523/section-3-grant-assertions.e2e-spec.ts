// Assertions as grants: what they must hold, who they are for, and that each is taken once, whatever is tried.
// @see RFC 7523 §3, RFC 7521 §5.2 https://www.rfc-editor.org/rfc/rfc7523#section-3
import { createSecretKey, randomUUID } from 'node:crypto';
import { type AssertionKey, assertionOf, JWT_BEARER, makeAssertionKey, now, postGrant } from '../support/assertions.js';
import { bootstrap, CLIENTS } from '../support/fixtures.js';
import { type RunningServer, startServer } from '../support/server.js';

const [IDP, OTHER] = ['https://idp.example', 'https://other.example'];
const ES = makeAssertionKey('ES256', 'es');
const RS = makeAssertionKey('RS256', 'rs');
/** Of the other issuer, under the same name. */
const FOREIGN = makeAssertionKey('ES256', 'es');
const OWN = makeAssertionKey('ES256', 'own');

const of = { grant_types: [JWT_BEARER], response_types: [], scope: 'read' };
const gateway = { ...of, client_id: 'gateway', client_secret: 'gateway-secret'.padEnd(40, '0') };
const robot = {
  ...of,
  client_id: 'robot',
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [OWN.publicJwk, RS.publicJwk] },
  token_endpoint_auth_signing_alg: 'ES256',
};

let servers: [RunningServer, RunningServer];
let server: RunningServer;
beforeAll(async () => {
  const world = bootstrap();
  const options = {
    assertionIssuers: {
      [IDP]: { jwks: { keys: [ES.publicJwk, RS.publicJwk] }, subject: 'username' },
      [OTHER]: { jwks: { keys: [FOREIGN.publicJwk, RS.publicJwk] }, subject: 'username', algorithms: ['ES256'] },
    },
  };
  server = await startServer({ bootstrap: { ...world, clients: [...world.clients, gateway, robot] }, options });
  const env = { ISSUER: server.issuer };
  servers = [server, await startServer({ database: server.database, env, options })];
}, 120_000);

const assert = (claims: object = {}, header: object = {}, key: AssertionKey = ES): Promise<string> =>
  assertionOf(server, IDP, key, { sub: 'alice', ...claims }, { ...header });
const post = async (assertion: Promise<string> | string, at = server): Promise<Response> =>
  postGrant(at, await assertion, gateway);
const status = async (assertion: Promise<string> | string): Promise<number> => (await post(assertion)).status;

interface Refusal {
  error: string;
  error_description: string;
}
async function expectInvalidGrant(response: Response, description: string): Promise<void> {
  expect([response.status, response.headers.get('cache-control')]).toEqual([400, 'no-store']);
  const refusal = (await response.json()) as Refusal;
  expect(refusal).toEqual({ error: 'invalid_grant', error_description: description });
}
const invalid = (fault: string): string => `The assertion is not valid: ${fault}.`;
const UNTRUSTED = 'The assertion is not signed by somebody who is trusted for this client.';
const HEADER = 'The assertion is with a header that is not allowed.';

describe('an assertion (§3)', () => {
  it.each([
    ['ended', 'exp', -5],
    ['begins', 'nbf', 5],
    ['was made', 'iat', 5],
  ])('is taken when clocks differ a little: it %s (%s) %i seconds from now', async (_, claim, seconds) => {
    expect(await status(assert({ [claim]: now() + seconds }))).toBe(200);
  });

  it.each(['JWT', 'authorization-grant+jwt', 'oauth-id-jag+jwt'])('may say its type: %s', async (typ) => {
    expect(await status(assert({}, { typ }))).toBe(200);
  });

  it.each<[string, () => object, string]>([
    ['without sub', () => ({ sub: undefined }), 'sub is missing'],
    ['with an empty sub', () => ({ sub: '' }), 'there is no sub'],
    ['with a sub that is no text', () => ({ sub: 1 }), 'there is no sub'],
    ['without aud', () => ({ aud: undefined }), 'aud is missing'],
    ['for another server', () => ({ aud: 'https://other.example' }), 'aud is not this server'],
    ['for this server and another one', () => ({ aud: [server.issuer, OTHER] }), 'aud is not this server'],
    ['for the token endpoint', () => ({ aud: `${server.issuer}/oauth/token` }), 'aud is not this server'],
    ['for a client of this server', () => ({ aud: 'gateway' }), 'aud is not this server'],
    ['without exp', () => ({ exp: undefined }), 'exp is missing'],
    ['that has ended', () => ({ exp: now() - 20 }), 'it has expired'],
    ['that ends in two hours', () => ({ exp: now() + 7200 }), 'exp is more than 3600 seconds ahead'],
    ['that never ends', () => ({ exp: Number.MAX_SAFE_INTEGER }), 'exp is more than 3600 seconds ahead'],
    ['with an exp that is no number', () => ({ exp: 'soon' }), 'exp is not acceptable'],
    ['that has not begun', () => ({ nbf: now() + 60 }), 'nbf is not acceptable'],
    ['that was made in the future', () => ({ iat: now() + 60 }), 'iat is ahead'],
    ['without jti', () => ({ jti: undefined }), 'jti is missing'],
    ['with a jti that is no text', () => ({ jti: 7 }), 'there is no jti'],
  ])('is refused %s, and its signer told why', async (_, claims, fault) => {
    await expectInvalidGrant(await post(assert(claims())), invalid(fault));
  });

  it.each([
    ['without iss', undefined],
    ['with an iss that is no text', 7],
    ['with an iss that cannot be stored', 'a\0'],
  ])('is refused %s', async (_, iss) => {
    await expectInvalidGrant(await post(assert({ iss })), 'The assertion is without iss.');
  });

  it.each<[string, object, string]>([
    ['brings its key along', { jwk: ES.publicJwk }, HEADER],
    ['names a key on the web', { jku: 'https://client.example/jwks' }, HEADER],
    ['names a certificate on the web', { x5u: 'https://client.example/cert' }, HEADER],
    ['brings its certificate along', { x5c: ['MIIB'] }, HEADER],
    ['has a critical extension', { crit: ['exp'], exp: 1 }, HEADER],
    ['names a key that is no text', { kid: 1 }, HEADER],
    ['is an access token', { typ: 'at+jwt' }, HEADER],
    ['is a logout token', { typ: 'logout+jwt' }, HEADER],
    ['proves a client', { typ: 'client-authentication+jwt' }, HEADER],
    ['names a key that is not there', { kid: 'unknown' }, UNTRUSTED],
    ['names a key of another type', { kid: 'rs' }, UNTRUSTED],
    ['names a file', { kid: '../../../../dev/null' }, UNTRUSTED],
    ['asks the database', { kid: "es' OR '1'='1" }, UNTRUSTED],
    ['names a prototype', { kid: '__proto__' }, UNTRUSTED],
  ])('is refused when its header %s (RFC 8725 §3.10, §3.11)', async (_, header, description) => {
    await expectInvalidGrant(await post(assert({}, header)), description);
  });
});

describe('the signature (§3)', () => {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

  it.each<[string, (parts: string[]) => string, string]>([
    ['a changed claim', ([head, , end]) => `${head}.${encode({ iss: IDP, sub: 'root' })}.${end}`, UNTRUSTED],
    ['no signature', ([head, body]) => `${head}.${body}.`, 'The assertion is malformed.'],
    ['alg none', ([, body]) => `${encode({ alg: 'none' })}.${body}.`, 'The assertion is malformed.'],
    ['alg none with a signature', ([, body, end]) => `${encode({ alg: 'none' })}.${body}.${end}`, UNTRUSTED],
    ['an unknown alg', ([, body, end]) => `${encode({ alg: 'XX1' })}.${body}.${end}`, UNTRUSTED],
    ['five parts', (parts) => [...parts, 'a', 'b'].join('.'), 'The assertion is malformed.'],
    ['a space', (parts) => ` ${parts.join('.')}`, 'The assertion is malformed.'],
  ])('is refused with %s', async (_, change, description) => {
    await expectInvalidGrant(await post(change((await assert()).split('.'))), description);
  });

  it('is no MAC with the public key as secret (RFC 8725 §2.1)', async () => {
    for (const secret of [JSON.stringify(RS.publicJwk), JSON.stringify(ES.publicJwk), gateway.client_secret]) {
      const key = { alg: 'HS256', kid: 'rs', privateKey: createSecretKey(Buffer.from(secret)), publicJwk: {} };
      await expectInvalidGrant(await post(assert({}, {}, key)), UNTRUSTED);
    }
  });

  it('is of the issuer that the assertion names', async () => {
    await expectInvalidGrant(await post(assert({}, {}, FOREIGN)), UNTRUSTED);
    await expectInvalidGrant(await post(assert({ iss: OTHER })), UNTRUSTED);
    expect(await status(assert({ iss: OTHER }, {}, FOREIGN))).toBe(200);
  });

  it('has an algorithm of the issuer, or the one that the client has registered', async () => {
    expect(await status(assert({}, {}, RS))).toBe(200);
    await expectInvalidGrant(await post(assert({ iss: OTHER }, {}, RS)), UNTRUSTED);
    const own = { iss: 'robot', sub: 'robot' };
    await expectInvalidGrant(await postGrant(server, await assert(own, {}, RS)), UNTRUSTED);
    expect((await postGrant(server, await assert(own, {}, OWN))).status).toBe(200);
  });

  it('is bound in length before anything is computed', async () => {
    const long = await post(assert({ long: 'x'.repeat(9000) }));
    await expectInvalidGrant(long, 'The assertion is longer than 8192 characters.');
  });

  it('is not that of tokens of this server (RFC 8725 §3.12)', async () => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'read' });
    const { client_id, client_secret } = CLIENTS.machineJwt;
    const headers = { authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` };
    const issued = await fetch(`${server.url}/oauth/token`, { method: 'POST', body, headers });
    const { access_token } = (await issued.json()) as { access_token: string };
    expect(access_token.split('.')).toHaveLength(3);
    await expectInvalidGrant(await post(access_token), HEADER);
  });
});

describe('an assertion is taken once (§3)', () => {
  it('is refused the second time, and with a new signature', async () => {
    const jti = randomUUID();
    const assertion = await assert({ jti });
    expect(await status(assertion)).toBe(200);
    for (const again of [assertion, await assert({ jti, exp: now() + 120 })])
      await expectInvalidGrant(await post(again), invalid('it was used before'));
  });

  it('leaves the jti of other issuers alone', async () => {
    const jti = randomUUID();
    expect([await status(assert({ jti })), await status(assert({ jti, iss: OTHER }, {}, FOREIGN))]).toEqual([200, 200]);
  });

  it('is not used up by an attempt that fails', async () => {
    const jti = randomUUID();
    expect(await status(assert({ jti, aud: OTHER }))).toBe(400);
    expect(await status(assert({ jti, sub: 'nobody-of-this-name' }))).toBe(400);
    const excess = await postGrant(server, await assert({ jti }), gateway, { scope: 'write' });
    expect([excess.status, ((await excess.json()) as Refusal).error]).toEqual([400, 'invalid_scope']);
    expect(await status(assert({ jti }))).toBe(200);
  });

  it('has one winner of thirty at the same moment, at two instances', async () => {
    const assertion = await assert();
    const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => post(assertion, servers[index % 2])));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array<number>(29).fill(400)]);
  });
});
