// How an access token is sent: in the Authorization header, and nowhere else.
// @see RFC 6750 §2, RFC 9700 §4.3.2 https://www.rfc-editor.org/rfc/rfc6750#section-2
import { CLIENTS } from '../support/fixtures.js';
import { baseOf, obtainTokens, signIn } from '../support/flow.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const ME = `${baseOf(server)}/api/me`;
const INVALID_REQUEST = /^Bearer realm="api", error="invalid_request", error_description="[^"]+"$/;

let token: string;
beforeAll(async () => {
  const jar = await signIn(server);
  token = (await obtainTokens(server, CLIENTS.trusted, { scope: 'profile' }, jar)).access_token;
});

const get = (headers: HeadersInit, query = ''): Promise<Response> => fetch(ME + query, { headers });

async function expectInvalidRequest(response: Response): Promise<void> {
  expect(response.status).toBe(400);
  expect(response.headers.get('www-authenticate')).toMatch(INVALID_REQUEST);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toMatchObject({ error: 'invalid_request' });
}

it('in the Authorization header, the scheme in any case (§2.1, RFC 7235 §2.1)', async () => {
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    const response = await get({ authorization: `${scheme} ${token}` });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ username: 'alice' });
  }
});

it('after one space or more (§2.1)', async () => {
  expect((await get({ authorization: `Bearer   ${token}` })).status).toBe(200);
});

it.each([
  ['no token', 'Bearer'],
  ['an empty token', 'Bearer '],
  ['two tokens', 'Bearer one two'],
  ['a token in quotation marks', 'Bearer "one"'],
  ['parameters', 'Bearer realm="x", token="y"'],
  ['signs that a token cannot have', 'Bearer a,b'],
  ['a tab for the space', 'Bearer\tone'],
])('not in a header with %s (§2.1, §3.1)', async (_, authorization) => {
  await expectInvalidRequest(await get({ authorization }));
});

it('not in the URL, where logs and other sites see it (§2.3, §5.3, RFC 9700 §4.3.2)', async () => {
  await expectInvalidRequest(await get({}, `?access_token=${token}`));
});

it('not in two places, even if both are good (§2)', async () => {
  await expectInvalidRequest(await get({ authorization: `Bearer ${token}` }, `?access_token=${token}`));
});

it('not in the body (§2.2)', async () => {
  const body = new URLSearchParams({ access_token: token });
  const response = await fetch(ME, { method: 'POST', body });
  expect([400, 404, 405, 415]).toContain(response.status);
  expect(await response.text()).not.toContain('alice');
});

it('not in a cookie', async () => {
  expect((await get({ cookie: `access_token=${token}` })).status).toBe(401);
});

it.each(['Basic YTpi', 'DPoP abc', 'Token abc', 'Bearertoken', 'Bearer: one', ''])(
  'not under another scheme, which is as good as no token: %p (§3)',
  async (authorization) => {
    const response = await get(authorization === '' ? {} : { authorization });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="api"');
  },
);
