// Browser applications call the token and revocation endpoints from their own pages: the registered origins of public
// clients may, nobody else.
// @see RFC 6749 §3.2, RFC 7009 §2.3, Fetch §3.2 https://fetch.spec.whatwg.org/#http-cors-protocol
import { randomBytes } from 'node:crypto';
import { CLIENTS } from '../support/fixtures.js';
import { administrate, authorize, baseOf, redeem } from '../support/flow.js';
import { postForm } from '../support/http.js';
import { userinfo } from '../support/openid.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { spa, other } = CLIENTS;
const ORIGIN = 'https://spa.example';
const TOKEN = '/oauth/token';
const REVOKE = '/oauth/revoke';

function preflight(path: string, origin: string, headers = 'content-type'): Promise<Response> {
  return fetch(baseOf(server) + path, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': headers },
  });
}

const allowedOrigin = ({ headers }: Response): string | null => headers.get('access-control-allow-origin');

describe.each([TOKEN, REVOKE])('%s', (path) => {
  it('answers the preflight of a registered origin', async () => {
    const response = await preflight(path, ORIGIN, 'authorization,content-type,dpop');
    expect(response.status).toBe(204);
    expect(allowedOrigin(response)).toBe(ORIGIN);
    expect(response.headers.get('access-control-allow-methods')).toMatch(/\bPOST\b/);
    const headers = response.headers
      .get('access-control-allow-headers')!
      .toLowerCase()
      .split(/\s*,\s*/);
    expect(headers).toEqual(expect.arrayContaining(['authorization', 'content-type', 'dpop']));
    expect(response.headers.get('vary')).toMatch(/\borigin\b/i);
  });

  it('never allows credentials: cookies are of no use there', async () => {
    const responses = [await preflight(path, ORIGIN), await postForm(baseOf(server) + path, {}, { origin: ORIGIN })];
    for (const { headers } of responses) expect(headers.get('access-control-allow-credentials')).toBeNull();
  });

  it.each([
    ['an unknown one', 'https://attacker.example'],
    ['null', 'null'],
    ['a subdomain', 'https://x.spa.example'],
    ['a longer host', 'https://spa.example.attacker.example'],
    ['http', 'http://spa.example'],
    ['another port', 'https://spa.example:8443'],
    ['one of a confidential client', new URL(other.redirect_uris[0]).origin],
    ['a private-use scheme of a native client', 'com.example.native://'],
    ['a wildcard', '*'],
    ['SQL', "https://spa.example' OR '1'='1"],
    ['very long', `https://${'x'.repeat(5000)}.example`],
  ])('allows no other origin: %s', async (_, origin) => {
    const responses = [await preflight(path, origin), await postForm(baseOf(server) + path, {}, { origin })];
    expect(responses.map(({ status }) => status)).toEqual([204, 401]);
    for (const response of responses) {
      expect(allowedOrigin(response)).toBeNull();
      expect(response.headers.get('access-control-allow-methods')).toBeNull();
    }
  });

  it('lets the page read errors, too', async () => {
    const response = await postForm(baseOf(server) + path, { client_id: 'nobody' }, { origin: ORIGIN });
    expect(response.status).toBe(401);
    expect(allowedOrigin(response)).toBe(ORIGIN);
    expect(response.headers.get('vary')).toMatch(/\borigin\b/i);
  });

  it('answers who sends no origin as ever', async () => {
    const response = await postForm(baseOf(server) + path, { client_id: 'nobody' });
    expect(response.status).toBe(401);
    expect(allowedOrigin(response)).toBeNull();
  });
});

it('lets a page redeem a code, refresh and revoke', async () => {
  const authorization = await authorize(server, { client_id: spa.client_id, scope: 'read' });
  const ask = async (path: string, parameters: Record<string, string>): Promise<Response> => {
    const response = await postForm(
      baseOf(server) + path,
      { client_id: spa.client_id, ...parameters },
      { origin: ORIGIN },
    );
    expect([path, response.status, allowedOrigin(response)]).toEqual([path, 200, ORIGIN]);
    return response;
  };
  const redeemed = await ask(TOKEN, {
    grant_type: 'authorization_code',
    code: authorization.code,
    code_verifier: authorization.verifier,
    redirect_uri: spa.redirect_uris[0],
  });
  const { refresh_token } = (await redeemed.json()) as { refresh_token: string };
  const refreshed = await ask(TOKEN, { grant_type: 'refresh_token', refresh_token });
  await ask(REVOKE, { token: ((await refreshed.json()) as { refresh_token: string }).refresh_token });
});

it('lets a page read userinfo, and why it is refused (OIDC Core §5.3)', async () => {
  const request = { client_id: spa.client_id, redirect_uri: spa.redirect_uris[0], scope: 'openid' };
  const tokens = await redeem(server, spa, {
    ...(await authorize(server, request)),
    redirectUri: request.redirect_uri,
  });
  const asked = await preflight('/oauth/userinfo', ORIGIN, 'authorization');
  expect([asked.status, allowedOrigin(asked)]).toEqual([204, ORIGIN]);
  for (const [token, status] of [
    [tokens.access_token, 200],
    ['unknown', 401],
  ] as const) {
    const told = await userinfo(server, token, { headers: { origin: ORIGIN } });
    expect([told.status, allowedOrigin(told)]).toEqual([status, ORIGIN]);
    const other = await userinfo(server, token, { headers: { origin: 'https://attacker.example' } });
    expect([other.status, allowedOrigin(other)]).toEqual([status, null]);
  }
});

it('allows an origin as long as a public client has it, at once', async () => {
  const name = `app-${randomBytes(6).toString('hex')}`;
  const origin = `https://${name}.example`;
  const isAllowed = async (): Promise<boolean> => allowedOrigin(await preflight(TOKEN, origin)) === origin;
  const change = async (method: string, path: string, body?: object): Promise<void> =>
    expect([200, 201, 204]).toContain((await administrate(server, method, path, body)).status);

  expect(await isAllowed()).toBe(false);
  const redirect_uris = [`${origin}/callback`];
  await change('POST', '/api/clients', { client_id: name, token_endpoint_auth_method: 'none', redirect_uris });
  expect(await isAllowed()).toBe(true);
  await change('POST', `/api/clients/${name}/disable`);
  expect(await isAllowed()).toBe(false);
  await change('POST', `/api/clients/${name}/enable`);
  expect(await isAllowed()).toBe(true);
  await change('PATCH', `/api/clients/${name}`, { redirect_uris: ['https://moved.example/callback'] });
  expect(await isAllowed()).toBe(false);
  await change('PATCH', `/api/clients/${name}`, { redirect_uris });
  expect(await isAllowed()).toBe(true);
  await change('DELETE', `/api/clients/${name}`);
  expect(await isAllowed()).toBe(false);
});

it.each([
  '/oauth/authorize',
  '/oauth/introspect',
  '/oauth/device_authorization',
  '/device',
  '/sign-in',
  '/consent',
  '/account',
  '/oauth/logout',
])('is not for %s', async (path) => {
  for (const response of [
    await preflight(path, ORIGIN),
    await fetch(baseOf(server) + path, { headers: { origin: ORIGIN } }),
  ]) {
    expect(allowedOrigin(response)).toBeNull();
  }
});
