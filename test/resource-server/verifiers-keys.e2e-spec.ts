// Where an application has the keys of an issuer from, and how it goes on when they change or the issuer is away.
// @see RFC 8414 §3, RFC 7517 §5 https://www.rfc-editor.org/rfc/rfc8414#section-3.3
import { AUDIENCE, newKey, startIssuer, type TestIssuer } from '../support/issuer.js';
import { type GuardedApp, startGuardedApp } from './guarded-app.js';

const JWKS = '/jwks';
const METADATA = '/.well-known/oauth-authorization-server';

function guard({ issuer }: TestIssuer, options: object = {}): Promise<GuardedApp> {
  return startGuardedApp({ audience: AUDIENCE, issuers: [{ issuer, ...options }] });
}

const count = ({ requests }: TestIssuer, path: string): number => requests.filter((one) => one === path).length;
const json =
  (body: object, status = 200, headers: Record<string, string> = {}) =>
  (_request: unknown, response: { writeHead(status: number, headers: object): { end(text: string): void } }) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

describe('keys', () => {
  it('are read once for a hundred tokens at the same moment', async () => {
    const issuer = await startIssuer();
    const { ask } = await guard(issuer);
    const tokens = await Promise.all(Array.from({ length: 100 }, () => issuer.sign()));
    const answers = await Promise.all(tokens.map((token) => ask(token)));
    expect(answers.map(({ status }) => status)).toEqual(tokens.map(() => 200));
    expect(issuer.requests).toEqual([METADATA, JWKS]);
  });

  it('are read again for a kid that is not among them, so that a change of keys is no refusal', async () => {
    const issuer = await startIssuer();
    const { ask } = await guard(issuer, { cooldown: 0 });
    const old = await issuer.sign();
    expect((await ask(old)).status).toBe(200);
    issuer.keys.unshift(await newKey('second'));
    expect((await ask(await issuer.sign())).status).toBe(200);
    expect((await ask(old)).status).toBe(200);
    expect(count(issuer, JWKS)).toBe(2);
  });

  it('are read no more often than the cool-down allows, whoever sends unknown kids', async () => {
    const issuer = await startIssuer();
    const { ask } = await guard(issuer);
    expect((await ask(await issuer.sign())).status).toBe(200);
    const strangers = await Promise.all(Array.from({ length: 30 }, (_, n) => newKey(`stranger-${n}`)));
    const tokens = await Promise.all(strangers.map((key) => issuer.sign({}, { key })));
    const answers = await Promise.all(tokens.map((token) => ask(token)));
    expect(answers.map(({ status }) => status)).toEqual(tokens.map(() => 401));
    expect(count(issuer, JWKS)).toBe(1);
  });

  it('that were dropped are forgotten with the next reading', async () => {
    const issuer = await startIssuer();
    const { ask } = await guard(issuer, { cooldown: 0 });
    const old = await issuer.sign();
    expect((await ask(old)).status).toBe(200);
    issuer.keys[0] = await newKey('second');
    expect((await ask(await issuer.sign())).status).toBe(200);
    expect((await ask(old)).status).toBe(401);
  });

  it('serve on while the issuer is away; of a kid that is not among them nobody can tell: 503', async () => {
    const issuer = await startIssuer();
    const { ask } = await guard(issuer, { cooldown: 0 });
    const token = await issuer.sign();
    expect((await ask(token)).status).toBe(200);
    await issuer.away();
    const unknown = await issuer.sign({}, { key: await newKey('second') });
    expect((await ask(unknown)).status).toBe(503);
    expect((await ask(token)).status).toBe(200);
    await issuer.back();
    expect((await ask(unknown)).status).toBe(401);
  });

  it('that were never to be had make no statement about a token: 503 with Retry-After, and 200 later', async () => {
    const issuer = await startIssuer();
    const { ask } = await guard(issuer, { cooldown: 0 });
    await issuer.away();
    const response = await ask(await issuer.sign());
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(response.headers.get('www-authenticate')).toBeNull();
    expect(await response.text()).not.toContain(issuer.issuer);
    await issuer.back();
    expect((await ask(await issuer.sign())).status).toBe(200);
  });

  it.each([
    ['is no JSON', (_: unknown, response: { end(text: string): void }) => response.end('<html>')],
    ['is no JWK Set', json({ key: [] })],
    ['fails', json({}, 500)],
    ['redirects', json({}, 302, { location: '/elsewhere' })],
    [
      'is larger than it can be',
      (_: unknown, response: { end(text: string): void }) => response.end(' '.repeat(300_000)),
    ],
    ['never comes', () => undefined],
  ])('whose document %s are not to be had: 503', async (_, answer) => {
    const issuer = await startIssuer();
    issuer.answers.set(JWKS, answer as never);
    issuer.answers.set('/elsewhere', json({ keys: [issuer.keys[0].jwk] }) as never);
    const { ask } = await guard(issuer, { timeout: 0.3 });
    expect((await ask(await issuer.sign())).status).toBe(503);
    expect(issuer.requests).not.toContain('/elsewhere');
  });

  it('are at jwksUri where the options name it', async () => {
    const issuer = await startIssuer();
    issuer.answers.set('/other', json({ keys: [issuer.keys[0].jwk] }) as never);
    const { ask } = await guard(issuer, { jwt: { jwksUri: `${issuer.issuer}/other` } });
    expect((await ask(await issuer.sign())).status).toBe(200);
    expect(issuer.requests).toEqual(['/other']);
  });
});

describe('metadata', () => {
  it('of an issuer with a path are at the well-known path before it (RFC 8414 §3.1)', async () => {
    const issuer = await startIssuer('/tenant');
    const { ask } = await guard(issuer);
    expect((await ask(await issuer.sign())).status).toBe(200);
    expect(issuer.requests[0]).toBe(`${METADATA}/tenant`);
  });

  it('may be those of OpenID Connect Discovery alone (§4)', async () => {
    const issuer = await startIssuer('/tenant');
    issuer.answers.set('/tenant/.well-known/openid-configuration', issuer.answers.get(`${METADATA}/tenant`)!);
    issuer.answers.delete(`${METADATA}/tenant`);
    const { ask } = await guard(issuer);
    expect((await ask(await issuer.sign())).status).toBe(200);
  });

  it.each([
    ['name another issuer (§3.3)', (issuer: string) => ({ issuer: `${issuer}/`, jwks_uri: `${issuer}/jwks` })],
    ['name none (§3.3)', (issuer: string) => ({ jwks_uri: `${issuer}/jwks` })],
    ['name no keys', (issuer: string) => ({ issuer })],
    ['name keys that come over plain http', (issuer: string) => ({ issuer, jwks_uri: 'http://keys.example/jwks' })],
    ['name keys in a file', (issuer: string) => ({ issuer, jwks_uri: 'file:///etc/passwd' })],
  ])('that %s are not used: 503', async (_, make) => {
    const issuer = await startIssuer();
    issuer.answers.set(METADATA, json(make(issuer.issuer)) as never);
    const { ask } = await guard(issuer);
    expect((await ask(await issuer.sign())).status).toBe(503);
    expect(issuer.requests).not.toContain(JWKS);
  });
});
