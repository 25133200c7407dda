// The database goes away while the server runs: it says so, falls over nothing, and is back when the database is.
import { CLIENTS, SCOPES, USERS } from '../support/fixtures.js';
import {
  authenticatedPost,
  baseOf,
  clientCredentials,
  introspect,
  me,
  obtainTokens,
  openForm,
  revoke,
  signIn,
  submit,
  tokenRequest,
} from '../support/flow.js';
import { type DatabaseProxy, databaseProxy } from '../support/database-proxy.js';
import { eventually } from '../support/eventually.js';
import { hasId } from '../support/html.js';
import { CookieJar, form, pkce, postForm, visit } from '../support/http.js';
import { type RunningServer, startServer } from '../support/server.js';

const { administrator, api, machine, machineJwt, password, web } = CLIENTS;

let proxy: DatabaseProxy;
let server: RunningServer;
let token: string;
let jwt: string;
let refreshToken: string;
let jar: CookieJar;

beforeAll(async () => {
  proxy = await databaseProxy();
  server = await startServer({
    database: proxy.database,
    env: { DATABASE_URL: proxy.url },
    bootstrap: {
      users: [USERS.alice],
      clients: [administrator, api, machine, machineJwt, password, web],
      scopes: SCOPES,
    },
  });
  jar = await signIn(server);
  ({ access_token: token, refresh_token: refreshToken = '' } = await obtainTokens(
    server,
    web,
    { scope: 'profile' },
    jar,
  ));
  ({ access_token: jwt } = await clientCredentials(server, machineJwt));
});

const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(baseOf(server) + path, { redirect: 'manual', ...init });
const withCookies = (path: string): Promise<Response> => visit(jar, baseOf(server) + path);

function authorizationRequest(): string {
  const parameters = {
    response_type: 'code',
    client_id: web.client_id,
    redirect_uri: web.redirect_uris[0],
    scope: 'read',
  };
  return `/oauth/authorize?${form({ ...parameters, state: 's', ...pkce().parameters }).toString()}`;
}

describe('while the database is away', () => {
  beforeAll(() => proxy.cut());

  it('/health/live is 200, /health/ready 503 with Retry-After', async () => {
    for (let round = 0; round < 3; round++) {
      expect((await get('/health/live')).status).toBe(200);
      const ready = await get('/health/ready');
      expect(ready.status).toBe(503);
      expect(ready.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(ready.headers.get('cache-control')).toBe('no-store');
    }
  });

  it.each<[string, () => Promise<Response>]>([
    ['a token request', () => tokenRequest(server, machine, { grant_type: 'client_credentials' })],
    ['a JWT', () => tokenRequest(server, machineJwt, { grant_type: 'client_credentials' })],
    ['a refresh', () => tokenRequest(server, web, { grant_type: 'refresh_token', refresh_token: refreshToken })],
    [
      'a code',
      () => tokenRequest(server, web, { grant_type: 'authorization_code', code: 'x', code_verifier: 'x'.repeat(43) }),
    ],
    ['a password', () => tokenRequest(server, password, { grant_type: 'password', username: 'alice', password: 'x' })],
    [
      'a wrong secret',
      () => tokenRequest(server, { ...machine, client_secret: 'x' }, { grant_type: 'client_credentials' }),
    ],
    ['a revocation', () => revoke(server, web, token)],
    ['a revocation of a JWT', () => revoke(server, machineJwt, jwt)],
    ['an introspection', () => authenticatedPost(server, '/oauth/introspect', api, { token })],
    ['an introspection of a JWT', () => authenticatedPost(server, '/oauth/introspect', api, { token: jwt })],
  ])(
    'the protocol answers %s with 503, Retry-After and temporarily_unavailable (RFC 6749 §4.1.2.1)',
    async (_, ask) => {
      const response = await ask();
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.json()).toMatchObject({ error: 'temporarily_unavailable' });
    },
  );

  it.each<[string, () => Promise<Response>]>([
    ['/api/me', () => me(server, token)],
    ['/api/me with a JWT', () => me(server, jwt)],
    ['/api/users', () => get('/api/users', { headers: { authorization: `Bearer ${token}` } })],
  ])('a guarded path answers 503, not 401 and not 500: %s', async (_, ask) => {
    const response = await ask();
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(response.headers.get('www-authenticate')).toBeNull();
  });

  it.each<[string, () => Promise<Response>]>([
    ['an authorization request', () => get(authorizationRequest())],
    ['an authorization request of somebody who is signed in', () => withCookies(authorizationRequest())],
    ['the home page of somebody who is signed in', () => withCookies('/')],
    ['the account', () => withCookies('/account')],
  ])('people see a page that says to come back later: %s', async (_, ask) => {
    const response = await ask();
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(response.headers.get('location')).toBeNull();
    const html = await response.text();
    expect(hasId(html, 'error')).toBe(true);
    expect(html).toContain('The request could not be completed');
    expect(html).not.toMatch(/ECONN|postgres|127\.0\.0\.1|SELECT| at .*\.js/);
  });

  it('signing in answers 503, and counts nothing', async () => {
    const browser = new CookieJar();
    const page = await openForm(server, browser, `${baseOf(server)}/sign-in`, 'sign-in');
    const { username, password: secret } = USERS.alice;
    expect((await submit(server, browser, page, { username, password: secret })).status).toBe(503);
  });

  it('what needs no database is served', async () => {
    const paths = ['/assets/style.css', '/sign-in', '/'];
    const answers = await Promise.all(paths.map(async (path) => [path, (await get(path)).status]));
    expect(answers).toEqual(paths.map((path) => [path, 200]));
    expect((await postForm(`${baseOf(server)}/oauth/token`, {})).status).toBe(401);
  });

  it('the documents that clients and resource servers start with are 200 or 503, never 500', async () => {
    for (const path of ['/.well-known/oauth-authorization-server', '/oauth/jwks']) {
      expect([200, 503]).toContain((await get(path)).status);
    }
  });
});

it('recovers by itself when the database is back: tokens, sessions and the API are as before', async () => {
  await proxy.restore();
  await eventually(async () => (await get('/health/ready')).ok);
  expect((await introspect(server, token)).active).toBe(true);
  expect((await introspect(server, (await clientCredentials(server, machine)).access_token)).active).toBe(true);
  expect((await me(server, token)).status).toBe(200);
  expect(await (await withCookies('/')).text()).toContain(USERS.alice.name);
  const refreshed = await tokenRequest(server, web, { grant_type: 'refresh_token', refresh_token: refreshToken });
  expect(refreshed.status).toBe(200);
  await signIn(server);
});

it('says in the log that the database was away, and nothing of a mistake', () => {
  expect(server.logs()).toContain('the database is away');
  expect(server.logs()).not.toContain('unexpected error');
});

it('stops in an orderly way also while the database is away', async () => {
  await proxy.cut();
  expect(await server.stop()).toBe(0);
});
