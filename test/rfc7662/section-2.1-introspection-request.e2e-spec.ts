// The introspection request: who may ask, and how.
// @see RFC 7662 §2.1 https://www.rfc-editor.org/rfc/rfc7662#section-2.1
import { CLIENTS } from '../support/fixtures.js';
import { authenticatedPost, baseOf, clientCredentials, introspect, obtainTokens } from '../support/flow.js';
import { basic, form, postForm } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const ENDPOINT = `${baseOf(server)}/oauth/introspect`;
const { api, machine, spa, web } = CLIENTS;
const asApi = { authorization: basic(api.client_id, api.client_secret) };

describe('who may ask (§2.1, §4)', () => {
  it.each([
    ['nobody in particular', {}, {}],
    ['a wrong secret', { authorization: basic(api.client_id, 'wrong'.padEnd(40, '0')) }, {}],
    ['an unknown client', { authorization: basic('nobody', 'nothing'.padEnd(40, '0')) }, {}],
    ['the client_id alone of a client that has a secret', {}, { client_id: api.client_id }],
    [
      'the secret in the body of a client registered for Basic',
      {},
      { client_id: api.client_id, client_secret: api.client_secret },
    ],
    ['an access token', { authorization: 'Bearer x' }, {}],
  ])('not %s', async (_, headers, credentials) => {
    const { access_token } = await clientCredentials(server);
    const response = await postForm(ENDPOINT, { token: access_token, ...credentials }, headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Basic /);
    expect(await response.json()).toMatchObject({ error: 'invalid_client' });
  });

  it('never a public client, not even about its own token', async () => {
    const { access_token, refresh_token } = await obtainTokens(server, spa, { scope: 'read' });
    for (const token of [access_token, refresh_token!, 'unknown']) {
      const response = await authenticatedPost(server, '/oauth/introspect', spa, { token });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ error: 'invalid_client' });
    }
    expect((await introspect(server, access_token)).active).toBe(true);
  });

  it('not with the access token that is asked about instead of client credentials', async () => {
    const { access_token } = await clientCredentials(server);
    const response = await postForm(ENDPOINT, { token: access_token }, { authorization: `Bearer ${access_token}` });
    expect(response.status).toBe(401);
  });
});

describe('how it is asked (§2.1)', () => {
  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('not by %s', async (method) => {
    const response = await fetch(ENDPOINT, { method, headers: asApi });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it.each([
    ['application/json', JSON.stringify({ token: 'x' })],
    ['text/plain', 'token=x'],
    ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nx\r\n--x--\r\n'],
  ])('not as %s', async (type, body) => {
    const response = await fetch(ENDPOINT, { method: 'POST', body, headers: { ...asApi, 'content-type': type } });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
  });

  it.each([
    ['without a token', ''],
    ['with an empty token', 'token='],
    ['with two tokens', 'token=a&token=b'],
    ['with two hints', 'token=a&token_type_hint=access_token&token_type_hint=access_token'],
    ['with a broken percent-encoding', 'token=%zz'],
    ['with a NUL', 'token=a%00b'],
  ])('not %s', async (_, body) => {
    const headers = { ...asApi, 'content-type': 'application/x-www-form-urlencoded' };
    const response = await fetch(ENDPOINT, { method: 'POST', body, headers });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
  });

  it('not in the URL', async () => {
    const { access_token } = await clientCredentials(server);
    const response = await postForm(`${ENDPOINT}?${form({ token: access_token }).toString()}`, {}, asApi);
    expect(response.status).toBe(400);
  });

  it.each(['access_token', 'refresh_token', 'urn:example:no-such-token', 'x'.repeat(2000)])(
    'with any hint for an access token: %.30s',
    async (token_type_hint) => {
      const { access_token } = await clientCredentials(server);
      const response = await postForm(ENDPOINT, { token: access_token, token_type_hint }, asApi);
      expect(await response.json()).toMatchObject({ active: true, client_id: machine.client_id });
    },
  );

  it.each(['access_token', 'refresh_token', 'urn:example:no-such-token'])(
    'with any hint for a refresh token: %s',
    async (token_type_hint) => {
      const { refresh_token } = await obtainTokens(server, web, { scope: 'read' });
      const headers = { authorization: basic(web.client_id, web.client_secret) };
      const response = await postForm(ENDPOINT, { token: refresh_token, token_type_hint }, headers);
      expect(await response.json()).toMatchObject({ active: true, client_id: web.client_id });
    },
  );
});

it('is not for pages: no origin is allowed (§4)', async () => {
  const origin = 'https://spa.example';
  const preflight = await fetch(ENDPOINT, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
  });
  const actual = await postForm(ENDPOINT, { token: 'x' }, { ...asApi, origin });
  expect(actual.status).toBe(200);
  for (const { headers } of [preflight, actual]) expect(headers.get('access-control-allow-origin')).toBeNull();
});
