// The authorization endpoint of a host application with its own sign-in, pages and controllers.
// @see RFC 6749 §4.1.1, §4.1.2 https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1
import { AuthorizationServer, UsersService } from 'nest-authorization-server';
import { createClient, type CreatedClient } from '../support/clients.js';
import { CLIENTS } from '../support/fixtures.js';
import { administrate, introspect, redeem, tokenRequest, type TokenResponse } from '../support/flow.js';
import { form, type ParameterMap, pkce, type Pkce } from '../support/http.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';
import { userinfo, verifyIdToken } from '../support/openid.js';
import { HOST } from './host.js';

const { web, trusted } = CLIENTS;

let server: InProcessServer;
let proof: Pkce;

beforeAll(async () => {
  server = await startInProcess({}, HOST);
  proof = pkce();
});

interface Page {
  needs?: string;
  switchUser?: boolean;
  [member: string]: unknown;
}

type Headers = Record<string, string>;
const ALICE = { 'x-user': 'alice' };
const FRESH = { ...ALICE, 'x-fresh': 'yes' };

function urlOf(parameters: ParameterMap, path = '/host/authorize'): string {
  const all = {
    response_type: 'code',
    client_id: web.client_id,
    redirect_uri: web.redirect_uris[0],
    state: 'of the client',
  };
  return `${server.url}${path}?${form({ ...all, scope: 'read', ...proof.parameters, ...parameters }).toString()}`;
}

const get = (parameters: ParameterMap, headers: Headers = ALICE, path?: string): Promise<Response> =>
  fetch(urlOf(parameters, path), { headers, redirect: 'manual' });

async function page(parameters: ParameterMap, headers: Headers = ALICE): Promise<Page> {
  const response = await get(parameters, headers);
  expect(response.status).toBe(200);
  return (await response.json()) as Page;
}

/** The form of the page is posted to its own URL. */
const post = (parameters: ParameterMap, decided: ParameterMap, headers: Headers = ALICE): Promise<Response> =>
  fetch(urlOf(parameters), { method: 'POST', headers, body: form(decided), redirect: 'manual' });

function answerOf(response: Response): Record<string, string> {
  expect(response.status).toBe(303);
  const url = new URL(response.headers.get('location') as string);
  return Object.fromEntries([...url.searchParams, ...new URLSearchParams(url.hash.slice(1))]);
}

const allow = async (
  parameters: ParameterMap,
  decided: ParameterMap = {},
  headers?: Headers,
): Promise<Record<string, string>> =>
  answerOf(await post(parameters, { decision: 'allow', remember: 'no', ...decided }, headers));

const tokensOf = (code: string, client: typeof web | CreatedClient = web): Promise<TokenResponse> =>
  redeem(server, client, { code, verifier: proof.verifier, redirectUri: client.redirect_uris[0] });

describe('validateConsentRequest', () => {
  it('says what a page shows (§4.1.1)', async () => {
    expect(await page({ scope: 'read write', login_hint: 'ali', max_age: 3600 })).toEqual({
      client: 'Web App',
      scope: ['read', 'write'],
      redirectUri: web.redirect_uris[0],
      needs: 'consent',
      prompt: [],
      maxAge: 3600,
      loginHint: 'ali',
    });
  });

  it.each([
    ['sign-in when nobody is signed in', {}, {}, 'sign-in'],
    ['sign-in for an account that nobody has', {}, { 'x-user': 'nobody' }, 'sign-in'],
    ['sign-in when it was too long ago', { max_age: 50 }, ALICE, 'sign-in'],
    ['sign-in when it is asked for anew', { prompt: 'login' }, ALICE, 'sign-in'],
    ['no second sign-in', { prompt: 'login' }, FRESH, 'consent'],
    ['an account to be chosen', { prompt: 'select_account' }, ALICE, 'select-account'],
    ['no second choice', { prompt: 'select_account' }, FRESH, 'consent'],
    ['sign-up when it is asked for', { prompt: 'create' }, ALICE, 'sign-up'],
    [
      'nothing of a first-party client',
      { client_id: trusted.client_id, redirect_uri: trusted.redirect_uris[0] },
      ALICE,
      undefined,
    ],
    [
      'consent when it is asked for',
      { client_id: trusted.client_id, redirect_uri: trusted.redirect_uris[0], prompt: 'consent' },
      ALICE,
      'consent',
    ],
  ])('needs %s (OIDC Core §3.1.2.3)', async (_what, parameters: ParameterMap, headers: Headers, needs) => {
    expect((await page(parameters, headers)).needs).toBe(needs);
  });

  it.each([
    ['login_required', { prompt: 'none' }, {}],
    ['login_required', { prompt: 'none', max_age: 50 }, ALICE],
    ['consent_required', { prompt: 'none' }, ALICE],
    ['invalid_scope', { scope: 'unknown' }, ALICE],
    ['invalid_scope', { scope: 'users:read' }, ALICE],
    ['unsupported_response_type', { response_type: 'sorcery' }, ALICE],
  ])('tells the client of %s for %j (§4.1.2.1)', async (error, parameters: ParameterMap, headers: Headers) => {
    expect(answerOf(await get(parameters, headers))).toMatchObject({
      error,
      state: 'of the client',
      iss: server.issuer,
    });
  });

  it.each([
    ['invalid_request', { redirect_uri: 'https://evil.example/' }],
    ['invalid_request', { redirect_uri: ['https://client.example/callback', 'https://client.example/callback'] }],
    ['invalid_request', { client_id: ['web', 'web'] }],
    ['invalid_client', { client_id: 'unknown' }],
  ])('keeps %s for %j to itself: nothing is redirected (§4.1.2.1)', async (code, parameters: ParameterMap) => {
    const response = await get(parameters);
    expect(response.headers.get('location')).toBeNull();
    expect(await response.json()).toEqual({ page: 'error', code });
  });
});

describe('createAuthorizationResponse', () => {
  it('gives the code that the user allowed, with tokens that work (§4.1.2)', async () => {
    const { code, state, iss } = await allow({});
    expect({ state, iss }).toEqual({ state: 'of the client', iss: server.issuer });
    const tokens = await tokensOf(code);
    expect(tokens.scope).toBe('read');
    expect(await introspect(server, tokens.access_token)).toMatchObject({ active: true, username: 'alice' });
  });

  it('tells the client that the user refused (§4.1.2.1)', async () => {
    expect(answerOf(await post({}, { decision: 'deny' }))).toMatchObject({
      error: 'access_denied',
      state: 'of the client',
    });
    expect(server.events('consent.denied').at(-1)).toMatchObject({ clientId: 'web' });
  });

  it.each(['cancel', 'Allow', 'allow '])(
    'takes no other word of a form for the consent of the user: %j',
    async (decision) => {
      expect(answerOf(await post({}, { decision }))).toMatchObject({ error: 'access_denied' });
    },
  );

  it('gives only the part that the user allowed, and never more than was asked for (§3.3)', async () => {
    const { code } = await allow({ scope: 'profile read write' }, { allowed: 'read profile' });
    expect((await tokensOf(code)).scope).toBe('profile read');
    expect(await allow({ scope: 'read' }, { allowed: 'read write' })).toMatchObject({ error: 'invalid_scope' });
  });

  it('tells no claim whose scope the user left out (OIDC Core §5.5)', async () => {
    const claims = JSON.stringify({ userinfo: { email: null, name: null } });
    const { code } = await allow({ scope: 'openid', claims }, { allowed: 'openid profile' });
    const { access_token } = await tokensOf(code);
    expect(await (await userinfo(server, access_token)).json()).toEqual({
      sub: expect.any(String),
      name: 'Alice Example',
    });
  });

  it('remembers what was allowed, unless it shall not (OIDC Core §3.1.2.4)', async () => {
    const client = await createClient(server, { skip_consent: false });
    const request = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], scope: 'read write' };
    await allow(request);
    expect((await page(request)).needs).toBe('consent');
    expect(answerOf(await post(request, {}))).toMatchObject({ error: 'consent_required' });
    await allow(request, { remember: 'yes', allowed: 'read' });
    expect((await page(request)).needs).toBe('consent');
    expect((await page({ ...request, scope: 'read' })).needs).toBeUndefined();
    const { code } = answerOf(await post({ ...request, scope: 'read', prompt: 'none' }, {}));
    expect((await tokensOf(code, client)).scope).toBe('read');
    expect(server.events('consent.granted').at(-1)).toMatchObject({ clientId: client.client_id, scope: 'read' });
  });

  it('takes no decision of a page that must not be shown (prompt=none, OIDC Core §3.1.2.1)', async () => {
    expect(await allow({ prompt: 'none' })).toMatchObject({ error: 'consent_required' });
  });

  it.each([
    ['nobody is signed in', {}, {}],
    ['the sign-in is too old', { max_age: 50 }, ALICE],
    ['a new sign-in was asked for', { prompt: 'login' }, ALICE],
    ['another user is meant', { scope: 'openid', claims: '{"id_token":{"sub":{"value":"somebody else"}}}' }, ALICE],
  ])('gives nothing when %s, whatever was decided', async (_what, parameters: ParameterMap, headers: Headers) => {
    expect(await allow(parameters, {}, headers)).toMatchObject({ error: 'login_required', state: 'of the client' });
  });

  it('validates again: a request that is not good has no answer but the error (§4.1.2.1)', async () => {
    expect(await allow({ scope: 'unknown' })).toMatchObject({ error: 'invalid_scope' });
    const response = await post({ redirect_uri: 'https://evil.example/' }, { decision: 'allow' });
    expect(response.headers.get('location')).toBeNull();
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
  });

  it('refuses a parameter that is sent twice, in the URL, the form, or one in each (§3.1)', async () => {
    expect(await allow({ scope: ['read', 'read'] })).toMatchObject({ error: 'invalid_request' });
    expect(await allow({}, { scope: 'read write' })).toMatchObject({ error: 'invalid_request' });
    expect(await allow({}, { state: ['a', 'b'] })).toMatchObject({ error: 'invalid_request' });
    const moved = await post({}, { decision: 'allow', redirect_uri: web.redirect_uris[0] });
    expect(moved.headers.get('location')).toBeNull();
  });

  it('takes what was validated before as well', async () => {
    const { code } = answerOf(await get({ scope: 'write' }, ALICE, '/host/at-once'));
    expect((await tokensOf(code)).scope).toBe('write');
  });

  it('gives no more than was validated, though the client has changed since', async () => {
    const client = await createClient(server, { default_scope: 'read' });
    const protocol = server.app.get(AuthorizationServer);
    const [{ id: userId }] = await server.app.get(UsersService).list({ limit: 1 });
    const user = { userId, authTime: new Date(), amr: ['pwd'] };
    const sent = form({ response_type: 'code', client_id: client.client_id, ...proof.parameters }).toString();
    const consent = await protocol.validateConsentRequest(
      { method: 'GET', query: sent, headers: {}, body: undefined, address: '' },
      user,
    );
    const decide = async (): Promise<URL> =>
      new URL((await protocol.createAuthorizationResponse(consent, { user, consent: 'allow' })).headers.location);
    expect((await decide()).searchParams.has('code')).toBe(true);
    const more = { default_scope: 'read write' };
    expect((await administrate(server, 'PATCH', `/api/clients/${client.client_id}`, more)).status).toBe(200);
    expect((await decide()).searchParams.get('error')).toBe('consent_required');
  });

  it.each(['id_token', 'code id_token'])(
    'gives no ID token when the user left out openid: %s',
    async (response_type) => {
      const client = await createClient(server, {
        response_types: [response_type],
        grant_types: ['authorization_code', 'implicit'],
      });
      const request = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], response_type, nonce: 'n' };
      const all = { ...request, scope: 'openid read' };
      expect(await allow(all, { allowed: 'openid' })).toHaveProperty('id_token');
      const refused = await allow(all, { allowed: 'read' });
      expect(refused).toMatchObject({ error: 'access_denied' });
      expect(refused).not.toHaveProperty('id_token');
    },
  );

  it('gives nothing to an account that is disabled', async () => {
    const create = { username: 'leaver', password: 'leaver-password-1' };
    const { id } = (await (await administrate(server, 'POST', '/api/users', create)).json()) as { id: string };
    const leaver = { 'x-user': 'leaver' };
    expect(await allow({}, {}, leaver)).toHaveProperty('code');
    expect((await administrate(server, 'POST', `/api/users/${id}/disable`)).ok).toBe(true);
    expect(await allow({}, {}, leaver)).toMatchObject({ error: 'login_required' });
  });
});

describe('without a session of this server', () => {
  it('an OpenID request has an ID token of the host’s sign-in, without sid and session_state', async () => {
    const answer = await allow({ scope: 'openid', max_age: 3600 }, {}, FRESH);
    expect(answer).not.toHaveProperty('session_state');
    const { id_token } = await tokensOf(answer.code);
    const { claims } = await verifyIdToken(server, 'web', id_token);
    expect(claims).toMatchObject({ amr: ['pwd'], acr: '1', auth_time: expect.any(Number) });
    expect(claims).not.toHaveProperty('sid');
  });

  it('its tokens end by their lifetime: no refresh token without offline_access, one with it (OIDC Core §11)', async () => {
    const online = await tokensOf((await allow({ scope: 'openid read' })).code);
    expect(online).not.toHaveProperty('refresh_token');
    expect((await introspect(server, online.access_token)).active).toBe(true);
    const offline = await tokensOf((await allow({ scope: 'openid offline_access read', prompt: 'consent' })).code);
    const parameters = { grant_type: 'refresh_token', refresh_token: offline.refresh_token };
    expect((await tokenRequest(server, web, parameters)).status).toBe(200);
  });
});
