// Where the metadata is found, for an issuer with and without a path; and that everything else lies below that path.
// @see RFC 8414 §3, §3.1 https://www.rfc-editor.org/rfc/rfc8414#section-3
import { CLIENTS, SCOPES, USERS } from '../support/fixtures.js';
import { authorize, baseOf, me, obtainTokens, signIn } from '../support/flow.js';
import { CookieJar, form, pkce, visit } from '../support/http.js';
import { type RunningServer, sharedServer, startServer } from '../support/server.js';

const server = sharedServer();
const WELL_KNOWN = '/.well-known/oauth-authorization-server';
const PATH = '/tenants/a';
const { api, web } = CLIENTS;

describe('an issuer without a path (§3)', () => {
  it('has its document at the well-known path, as JSON', async () => {
    const response = await fetch(server.url + WELL_KNOWN);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json\b/);
    expect(await response.json()).toMatchObject({ issuer: server.issuer });
  });

  it('answers HEAD with the headers alone', async () => {
    const response = await fetch(server.url + WELL_KNOWN, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json\b/);
    expect(await response.text()).toBe('');
  });

  it.each(['POST', 'PUT', 'DELETE'])('refuses %s and says what it takes', async (method) => {
    const response = await fetch(server.url + WELL_KNOWN, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET');
  });

  it('may be kept for a while', async () => {
    const { headers } = await fetch(server.url + WELL_KNOWN);
    expect(headers.get('cache-control')).toMatch(/\bmax-age=[1-9]\d*/);
    expect(headers.get('set-cookie')).toBeNull();
  });

  it('ignores a query', async () => {
    const response = await fetch(`${server.url}${WELL_KNOWN}?issuer=https://other.example`);
    expect(await response.json()).toMatchObject({ issuer: server.issuer });
  });

  it.each(['/', '/x', '/tenants/a'])('has no document for other issuers: %s', async (suffix) => {
    expect((await fetch(server.url + WELL_KNOWN + suffix)).status).toBe(404);
  });

  it('can be read by pages of anybody, and asked before', async () => {
    const headers = { origin: 'https://any.example' };
    const actual = await fetch(server.url + WELL_KNOWN, { headers });
    const preflight = await fetch(server.url + WELL_KNOWN, {
      method: 'OPTIONS',
      headers: {
        ...headers,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'mcp-protocol-version',
      },
    });
    expect(preflight.status).toBe(204);
    for (const response of [actual, preflight]) {
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    }
    expect(preflight.headers.get('access-control-allow-methods')).toMatch(/\bGET\b/);
  });
});

describe('an issuer with a path (§3.1)', () => {
  let tenant: RunningServer;
  beforeAll(async () => {
    tenant = await startServer({
      env: { ISSUER: `http://localhost:$PORT${PATH}` },
      bootstrap: { users: [USERS.alice], clients: [api, web], scopes: SCOPES },
    });
  });

  it.each([
    ['between host and path', WELL_KNOWN + PATH],
    ['below the path, as older clients ask', PATH + WELL_KNOWN],
  ])('has its document %s', async (_, path) => {
    const response = await fetch(tenant.url + path, { headers: { origin: 'https://any.example' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    const document = (await response.json()) as Record<string, unknown>;
    expect(document.issuer).toBe(tenant.url + PATH);
    for (const [name, value] of Object.entries(document)) {
      if (/_endpoint$|_uri$|^service_documentation$/.test(name))
        expect(value).toMatch(new RegExp(`^${tenant.url}${PATH}/`));
    }
  });

  it.each([
    WELL_KNOWN,
    `${WELL_KNOWN}/`,
    `${WELL_KNOWN}/tenants`,
    `${WELL_KNOWN}/tenants/b`,
    `${WELL_KNOWN}/x${PATH}`,
    `${WELL_KNOWN}${PATH}/`,
    `${WELL_KNOWN}x${PATH}`,
    `${PATH}${WELL_KNOWN}${PATH}`,
    `/tenants${WELL_KNOWN}`,
    `/tenants/ab${WELL_KNOWN}`,
  ])('has none elsewhere: %s', async (path) => {
    expect((await fetch(tenant.url + path)).status).toBe(404);
  });

  it('has its endpoints where the document says, which all answer', async () => {
    const document = (await (await fetch(tenant.url + WELL_KNOWN + PATH)).json()) as Record<string, string>;
    const urls = Object.entries(document).filter(([name]) => /_endpoint$|_uri$/.test(name));
    for (const [name, url] of urls) {
      const { status } = await fetch(url, { redirect: 'manual' });
      expect([name, status === 404 || status >= 500]).toEqual([name, false]);
    }
  });

  it.each([
    '/', '/sign-in', '/sign-up', '/consent', '/device', '/account', '/clients/new', '/assets/style.css',
    '/oauth/authorize', '/oauth/token', '/oauth/revoke', '/oauth/introspect', '/oauth/jwks', '/oauth/logout',
    '/api/me', '/api/users', '/api/clients', '/api/tokens', '/api/docs', '/tenants', '/tenants/ab/sign-in', '/tenants/a-sign-in',
  ])('has nothing outside of the path: %s', async (path) => {
    for (const method of ['GET', 'POST']) {
      const response = await fetch(tenant.url + path, { method, redirect: 'manual' });
      expect([method, response.status]).toEqual([method, 404]);
    }
  }); // prettier-ignore

  it('completes a flow, and its tokens are good at the API below the path', async () => {
    const tokens = await obtainTokens(tenant, web, { scope: 'profile read' });
    const response = await me(tenant, tokens.access_token);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ username: USERS.alice.username });
  });

  it('links, loads, posts and redirects below the path only', async () => {
    const jar = await signIn(tenant);
    const base = baseOf(tenant);
    const request = form({
      response_type: 'code', client_id: web.client_id, redirect_uri: web.redirect_uris[0], scope: 'read', prompt: 'consent', ...pkce().parameters,
    }); // prettier-ignore
    const toConsent = await visit(jar, `${base}/oauth/authorize?${request.toString()}`);
    const toSignIn = await visit(new CookieJar(), `${base}/oauth/authorize?${request.toString()}`);
    const toStart = await visit(new CookieJar(), `${base}/account`);
    const redirects = [toConsent, toSignIn, toStart].map(({ headers }) => headers.get('location')!);
    for (const location of redirects)
      expect(new URL(location, tenant.url).href).toMatch(new RegExp(`^${tenant.url}${PATH}/`));

    const signedIn = [
      '/',
      '/account',
      '/clients/new',
      redirects[0].slice(PATH.length),
      '/oauth/logout',
      '/nothing-here',
    ];
    const pages = [
      ...signedIn.map((path) => visit(jar, base + path)),
      ...['/', '/sign-in', '/sign-up', '/oauth/authorize'].map((path) => visit(new CookieJar(), base + path)),
      visit(jar, `${base}/oauth/authorize?${request.toString()}&response_mode=form_post&scope=x`),
    ];
    const found = new Set<string>();
    for (const page of await Promise.all(pages)) {
      const html = await page.text();
      for (const [, target] of html.matchAll(/\s(?:href|src|action|formaction)="([^"]*)"/g)) found.add(target);
    }
    const own = [...found].filter((target) => !/^(#|$|https:\/\/)/.test(target));
    expect(own.length).toBeGreaterThan(8);
    expect(own.filter((target) => !target.startsWith(`${PATH}/`) && target !== PATH)).toEqual([]);
    for (const target of own.filter((one) => one.includes('/assets/'))) {
      expect([target, (await fetch(tenant.url + target.replaceAll('&amp;', '&'))).status]).toEqual([target, 200]);
    }
  });

  it('answers the health checks at the root as well, for the machinery', async () => {
    for (const path of ['/health/live', '/health/ready', `${PATH}/health/live`, `${PATH}/health/ready`]) {
      expect([path, (await fetch(tenant.url + path)).status]).toEqual([path, 200]);
    }
  });

  it('binds its cookies to names of its own', async () => {
    const { jar } = await authorize(tenant, { client_id: web.client_id, scope: 'read' });
    expect(jar.names().length).toBeGreaterThan(0);
    for (const name of jar.names()) expect(name).toContain('tenants_a');
  });
});
