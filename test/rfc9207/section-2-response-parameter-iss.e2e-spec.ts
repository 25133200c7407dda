// Every authorization response names its issuer: codes, tokens and errors, in every response mode.
// @see RFC 9207 §2 https://www.rfc-editor.org/rfc/rfc9207#section-2
import { CLIENTS } from '../support/fixtures.js';
import { authorize, baseOf, type Server, signIn, signUp } from '../support/flow.js';
import { forms } from '../support/html.js';
import { CookieJar, form, type ParameterMap, pkce, visit } from '../support/http.js';
import { sharedServer, startServer } from '../support/server.js';

const server = sharedServer();
const { implicit, machine, multi, web } = CLIENTS;
const CODE = { client_id: web.client_id, scope: 'read' };
const NO_PKCE = { code_challenge: undefined, code_challenge_method: undefined };
const TOKEN = { client_id: implicit.client_id, response_type: 'token', scope: 'read', ...NO_PKCE };

interface Answer {
  /** How the parameters travelled. */
  mode: string;
  /** All of them, also those that come twice. */
  parameters: [string, string][];
}

/** The response of a request that needs no page, as it is on the wire. */
async function wire(jar: CookieJar, params: ParameterMap, at: Server = server): Promise<Answer> {
  const client = Object.values(CLIENTS).find(({ client_id }) => client_id === params.client_id);
  const query = form({
    response_type: 'code',
    redirect_uri: client && 'redirect_uris' in client ? client.redirect_uris[0] : undefined,
    state: 'the state',
    ...pkce().parameters,
    ...params,
  });
  const response = await visit(jar, `${baseOf(at)}/oauth/authorize?${query.toString()}`);
  const location = response.headers.get('location');
  if (!location) {
    const [found] = forms(await response.text());
    return { mode: 'form_post', parameters: Object.entries(found.fields) };
  }
  const url = new URL(location, at.url);
  if (url.hash) return { mode: 'fragment', parameters: [...new URLSearchParams(url.hash.slice(1))] };
  return { mode: 'query', parameters: [...url.searchParams] };
}

/** Exactly one `iss`, and the state of the request beside it. */
function expectIssuer({ parameters }: Answer, issuer = server.issuer): void {
  expect(parameters.filter(([name]) => name === 'iss')).toEqual([['iss', issuer]]);
  expect(parameters.filter(([name]) => name === 'state')).toEqual([['state', 'the state']]);
}

let jar: CookieJar;
beforeAll(async () => {
  jar = await signIn(server);
  await authorize(server, { ...CODE, scope: 'profile read write' }, jar);
  await authorize(server, { ...TOKEN, scope: 'profile read' }, jar);
});

describe('a code (§2)', () => {
  it.each(['query', 'fragment', 'form_post'])('in the response mode %s', async (response_mode) => {
    const answer = await wire(jar, { ...CODE, response_mode });
    expect(answer.mode).toBe(response_mode);
    expect(answer.parameters.map(([name]) => name).sort()).toEqual(['code', 'iss', 'state']);
    expectIssuer(answer);
  });

  it('after a sign-in and a consent', async () => {
    const user = await signUp(server);
    const { pages, params } = await authorize(server, { ...CODE, state: 'x' }, { user });
    expect(pages).toEqual(['sign-in', 'consent']);
    expect(params).toEqual({ code: expect.any(String), state: 'x', iss: server.issuer });
  });

  it('of a request that came by POST', async () => {
    const { params } = await authorize(server, CODE, { jar, method: 'POST' });
    expect(params).toMatchObject({ code: expect.any(String), iss: server.issuer });
  });

  it('without a state', async () => {
    const { params } = await authorize(server, { ...CODE, state: undefined }, jar);
    expect(params).toEqual({ code: expect.any(String), iss: server.issuer });
  });

  it('at a redirect URI that has a query of its own', async () => {
    const redirect_uri = multi.redirect_uris[1];
    const { location, params } = await authorize(
      server,
      { client_id: multi.client_id, redirect_uri, scope: 'read' },
      jar,
    );
    expect(location.startsWith(`${redirect_uri}&`)).toBe(true);
    expect(params).toMatchObject({ fixed: '1', code: expect.any(String), iss: server.issuer });
  });
});

describe('an access token (§2)', () => {
  it.each(['fragment', 'form_post'])('in the response mode %s', async (response_mode) => {
    const answer = await wire(jar, { ...TOKEN, response_mode });
    expect(answer.mode).toBe(response_mode);
    expect(answer.parameters.map(([name]) => name)).toContain('access_token');
    expectIssuer(answer);
  });
});

describe('an error (§2)', () => {
  const ERRORS: [string, string, () => ParameterMap | Promise<ParameterMap>][] = [
    ['invalid_request', 'PKCE is missing', () => ({ ...CODE, ...NO_PKCE })],
    ['invalid_request', 'a parameter came twice', () => ({ ...CODE, scope: ['read', 'read'] })],
    ['invalid_request', 'the prompt is unknown', () => ({ ...CODE, prompt: 'dance' })],
    ['unsupported_response_type', 'the response type is unknown', () => ({ ...CODE, response_type: 'magic' })],
    ['unauthorized_client', 'the response type is not registered', () => ({ ...CODE, response_type: 'token' })],
    ['invalid_scope', 'the scope is unknown', () => ({ ...CODE, scope: 'everything' })],
    ['invalid_target', 'the resource is unknown', () => ({ ...CODE, resource: 'https://unknown.example' })],
    ['invalid_request_object', 'a request object is malformed', () => ({ ...CODE, request: 'x.y.z' })],
    ['invalid_request_uri', 'the request_uri is not registered', () => ({ ...CODE, request_uri: 'https://x.example' })],
  ];

  describe.each(['query', 'fragment', 'form_post'])('in the response mode %s', (response_mode) => {
    it.each(ERRORS)('%s, because %s', async (error, _, request) => {
      const answer = await wire(jar, { ...(await request()), response_mode });
      expect(answer.parameters).toContainEqual(['error', error]);
      expectIssuer(answer);
    });
  });

  it('login_required, with prompt=none and nobody signed in', async () => {
    const answer = await wire(new CookieJar(), { ...CODE, prompt: 'none' });
    expect(answer.parameters).toContainEqual(['error', 'login_required']);
    expectIssuer(answer);
  });

  it('consent_required, with prompt=none and no consent', async () => {
    const user = await signUp(server);
    const answer = await wire(user.jar, { ...CODE, prompt: 'none' });
    expect(answer.parameters).toContainEqual(['error', 'consent_required']);
    expectIssuer(answer);
  });

  it.each(['query', 'fragment', 'form_post'])('access_denied, when the user refuses: %s', async (response_mode) => {
    const { params } = await authorize(
      server,
      { ...CODE, prompt: 'consent', state: 's', response_mode },
      { jar, decision: 'deny' },
    );
    expect(params).toMatchObject({ error: 'access_denied', iss: server.issuer, state: 's' });
  });

  it('access_denied, when the user cancels the sign-in', async () => {
    const browser = new CookieJar();
    const query = form({
      response_type: 'code',
      ...CODE,
      redirect_uri: web.redirect_uris[0],
      state: 's',
      ...pkce().parameters,
    });
    const asked = await visit(browser, `${baseOf(server)}/oauth/authorize?${query.toString()}`);
    const at = new URL(asked.headers.get('location')!, server.url);
    const html = await (await visit(browser, at)).text();
    const cancel = forms(html).find(({ buttons }) => buttons.some(({ id }) => id === 'sign-in-cancel'))!;
    const response = await visit(browser, new URL(cancel.action, at), {
      method: 'POST',
      body: form(cancel.fields),
      headers: { origin: server.issuer },
    });
    expect(response.status).toBe(303);
    const { searchParams } = new URL(response.headers.get('location')!);
    expect(Object.fromEntries(searchParams)).toMatchObject({ error: 'access_denied', iss: server.issuer, state: 's' });
  });

  it('in the fragment, when a token was asked for', async () => {
    for (const request of [
      { ...TOKEN, scope: 'everything' },
      { ...TOKEN, client_id: web.client_id },
    ]) {
      const answer = await wire(jar, request);
      expect(answer.mode).toBe('fragment');
      expect(answer.parameters.map(([name]) => name)).toContain('error');
      expectIssuer(answer);
    }
  });
});

it('has no place in what is not redirected (§2.4)', async () => {
  for (const params of [
    { ...CODE, redirect_uri: 'https://attacker.example/' },
    { ...CODE, client_id: 'nobody', redirect_uri: 'https://attacker.example/' },
    { client_id: machine.client_id, redirect_uri: 'https://attacker.example/' },
  ]) {
    const query = form({ response_type: 'code', ...pkce().parameters, ...params });
    const response = await visit(jar, `${baseOf(server)}/oauth/authorize?${query.toString()}`);
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
  }
});

it('is announced in the metadata, with the same issuer (§3)', async () => {
  const document = (await (await fetch(`${baseOf(server)}/.well-known/oauth-authorization-server`)).json()) as object;
  expect(document).toMatchObject({ issuer: server.issuer, authorization_response_iss_parameter_supported: true });
});

it('is the issuer with its path, byte for byte (§2, §2.4)', async () => {
  const tenant = await startServer({
    env: { ISSUER: 'http://localhost:$PORT/tenants/a' },
    bootstrap: {
      clients: [web],
      scopes: [
        { name: 'read', description: 'Read' },
        { name: 'write', description: 'Write' },
      ],
    },
  });
  const user = await signUp(tenant);
  const { params } = await authorize(tenant, { ...CODE, state: 's' }, user.jar);
  expect(params).toEqual({ code: expect.any(String), state: 's', iss: `${tenant.url}/tenants/a` });
  for (const response_mode of ['query', 'fragment', 'form_post']) {
    expectIssuer(await wire(user.jar, { ...CODE, response_mode }, tenant), tenant.issuer);
    expectIssuer(await wire(user.jar, { ...CODE, response_mode, scope: 'everything' }, tenant), tenant.issuer);
  }
});
