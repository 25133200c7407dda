// Authorization requests whose parameters are in a request object: only those count.
// @see RFC 9101 §5 https://www.rfc-editor.org/rfc/rfc9101#section-5
import { decodeJwt } from 'jose';
import { type ClientKey, clientKey } from '../support/client-keys.js';
import { CALLBACK, CLIENTS } from '../support/fixtures.js';
import { authorize, baseOf, redeem, signIn, signUp } from '../support/flow.js';
import { CookieJar, form, pkce, postForm, visit } from '../support/http.js';
import { objectClaims, requestObject, send, signingClient, type SigningClient } from '../support/request-objects.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const METHODS = ['GET', 'POST'] as const;
let client: SigningClient;
let jar: CookieJar;

beforeAll(async () => {
  client = await signingClient(server, {
    redirect_uris: ['https://jar.example/one', 'https://jar.example/two'],
    grant_types: ['authorization_code', 'implicit'],
    response_types: ['code', 'code id_token'],
  });
  jar = await signIn(server);
});

describe('a signed request object', () => {
  it.each(METHODS)('is all that a request needs beside the client_id, by %s', async (method) => {
    const request = await requestObject(server, client);
    const answer = await send(server, { client_id: client.client_id, request }, { jar, method });
    expect(answer).toMatchObject({ kind: 'answer', uri: 'https://jar.example/one' });
    expect(answer).toMatchObject({ params: { code: expect.any(String), state: 'inside', iss: server.issuer } });
  });

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'])('may be signed with %s (§4)', async (alg) => {
    const key: ClientKey = await clientKey(alg);
    const own = await signingClient(server, {}, key);
    const answer = await send(server, { client_id: own.client_id, request: await requestObject(server, own) }, { jar });
    expect(answer).toMatchObject({ kind: 'answer', params: { code: expect.any(String) } });
  });

  it('may be longer than a URL when it is posted, and is not carried on', async () => {
    const request = await requestObject(server, client, { note: 'x'.repeat(20_000) });
    const endpoint = `${baseOf(server)}/oauth/authorize`;
    const posted = await postForm(endpoint, { client_id: client.client_id, request });
    expect(posted.headers.get('location')!.length).toBeLessThan(4000);
    const response = await visit(jar, new URL(posted.headers.get('location')!, endpoint));
    expect(new URL(response.headers.get('location')!).searchParams.get('code')).toBeTruthy();
  });

  it('holds PKCE, nonce and redirect URI of the tokens that come of it, through sign-in and consent', async () => {
    const asking = await signingClient(server, { skip_consent: false });
    const user = await signUp(server);
    const { verifier, parameters } = pkce();
    const claims = { scope: 'openid read', nonce: 'inside', ...parameters };
    const request = await requestObject(server, asking, claims);
    const outside = { response_type: undefined, redirect_uri: undefined, state: undefined, scope: undefined };
    const flow = await authorize(
      server,
      { client_id: asking.client_id, request, ...outside, nonce: 'outside' },
      { user },
    );
    expect(flow.pages).toEqual(['sign-in', 'consent']);
    expect(flow.params.state).toBe('inside');
    const redirectUri = asking.redirect_uris[0];
    const tokens = await redeem(server, asking, { code: flow.code, verifier, redirectUri });
    expect(tokens.scope).toBe('openid read');
    expect(decodeJwt(tokens.id_token!).nonce).toBe('inside');
  });
});

describe('parameters outside', () => {
  it.each([
    ['a redirect URI that is not registered', { redirect_uri: 'https://attacker.example/' }],
    ['another registered redirect URI', { redirect_uri: 'https://jar.example/two' }],
    ['another state', { state: 'outside' }],
    ['another scope', { scope: 'everything' }],
    ['another response mode', { response_mode: 'form_post' }],
    ['another prompt', { prompt: 'none login' }],
    ['a parameter that comes twice', { state: ['outside', 'again'] }],
  ])('do not count: %s (§6.3)', async (_, outside) => {
    const parameters = { client_id: client.client_id, request: await requestObject(server, client), ...outside };
    const answer = await send(server, parameters, { jar });
    expect(answer).toMatchObject({ kind: 'answer', uri: 'https://jar.example/one' });
    expect(answer).toMatchObject({ location: expect.stringContaining('?code='), params: { state: 'inside' } });
  });

  it('do not complete what is missing inside', async () => {
    const claims = { code_challenge: undefined, code_challenge_method: undefined };
    const request = await requestObject(server, client, claims);
    const answer = await send(server, { client_id: client.client_id, request, ...pkce().parameters }, { jar });
    expect(answer).toMatchObject({ kind: 'answer', params: { error: 'invalid_request', state: 'inside' } });
  });

  it('do not give a redirect URI to an object that has none', async () => {
    const request = await requestObject(server, client, { redirect_uri: undefined });
    const outside = { client_id: client.client_id, redirect_uri: 'https://jar.example/one' };
    const answer = await send(server, { ...outside, request }, { jar });
    expect(answer).toMatchObject({ kind: 'error page', error: 'invalid_request' });
  });

  it('must have the client_id', async () => {
    const answer = await send(server, { request: await requestObject(server, client) }, { jar });
    expect(answer).toMatchObject({ kind: 'error page', error: 'invalid_request' });
  });

  it('must have the client_id that is inside (§6.3)', async () => {
    const request = await requestObject(server, client);
    const parameters = { client_id: CLIENTS.web.client_id, redirect_uri: CALLBACK, request };
    const answer = await send(server, parameters, { jar });
    expect(answer).toMatchObject({ kind: 'answer', uri: CALLBACK, params: { error: 'invalid_request_object' } });
    const own = { client_id: client.client_id, request: await requestObject(server, client, { client_id: 'web' }) };
    expect(await send(server, own, { jar })).toMatchObject({ kind: 'error page', error: 'invalid_request_object' });
  });

  it('must not hold request and request_uri together', async () => {
    const request = await requestObject(server, client);
    const parameters = { client_id: client.client_id, request, request_uri: 'https://jar.example/object' };
    expect(await send(server, parameters, { jar })).toMatchObject({ kind: 'error page', error: 'invalid_request' });
  });

  it('must not hold two request objects', async () => {
    const request = await requestObject(server, client);
    const answer = await send(server, { client_id: client.client_id, request: [request, request] }, { jar });
    expect(answer).toMatchObject({ kind: 'error page', error: 'invalid_request' });
  });
});

describe('an error (§7)', () => {
  const good = { redirect_uri: 'https://jar.example/two', state: 'outside', response_type: 'code' };

  it.each(METHODS)(
    'of the object is shown to the user when nothing outside proves where it may go, by %s',
    async (m) => {
      const request = `${await requestObject(server, client)}x`;
      for (const redirect_uri of [
        undefined,
        'https://attacker.example/',
        ['https://jar.example/one', 'https://jar.example/two'],
      ]) {
        const answer = await send(server, { client_id: client.client_id, request, redirect_uri }, { jar, method: m });
        expect(answer).toMatchObject({ kind: 'error page', error: 'invalid_request_object' });
      }
    },
  );

  it.each(METHODS)('of the object goes where parameters outside prove, by %s', async (method) => {
    const request = `${await requestObject(server, client)}x`;
    const answer = await send(server, { client_id: client.client_id, request, ...good }, { jar, method });
    expect(answer).toMatchObject({ kind: 'answer', uri: 'https://jar.example/two' });
    expect(answer).toMatchObject({ params: { error: 'invalid_request_object', state: 'outside', iss: server.issuer } });
  });

  it('of the object goes in the response mode that is asked for outside', async () => {
    const outside = { client_id: client.client_id, request: 'x.y.z', ...good, response_mode: 'fragment' };
    const answer = await send(server, outside, { jar });
    expect(answer).toMatchObject({ location: expect.stringContaining('#error=invalid_request_object') });
  });

  it.each<[string, Record<string, unknown>]>([
    ['invalid_scope', { scope: 'everything' }],
    ['unsupported_response_type', { response_type: 'magic' }],
    ['invalid_request', { prompt: 'dance' }],
    ['invalid_target', { resource: 'https://unknown.example' }],
    ['registration_not_supported', { registration: {} }],
  ])('of a parameter inside goes where the object says: %s', async (error, claims) => {
    const request = await requestObject(server, client, claims);
    const answer = await send(server, { client_id: client.client_id, request }, { jar });
    expect(answer).toMatchObject({
      kind: 'answer',
      uri: 'https://jar.example/one',
      params: { error, state: 'inside' },
    });
  });

  it('is shown to the user when the redirect URI inside is not registered, whatever is outside', async () => {
    const request = await requestObject(server, client, { redirect_uri: 'https://attacker.example/' });
    const answer = await send(server, { client_id: client.client_id, request, ...good }, { jar });
    expect(answer).toMatchObject({ kind: 'error page', error: 'invalid_request' });
  });
});

it('what a page was opened with cannot be exchanged by another request object', async () => {
  const browser = new CookieJar();
  const request = await requestObject(server, client);
  const query = form({ client_id: client.client_id, request }).toString();
  const response = await visit(browser, `${baseOf(server)}/oauth/authorize?${query}`);
  const page = new URL(response.headers.get('location')!, server.url);
  page.searchParams.set('request', await requestObject(server, client, { state: 'other' }));
  const { params } = await authorize(server, { ...objectClaims(server, client), request }, { jar: browser });
  expect(page.pathname).toBe('/sign-in');
  expect(params.state).toBe('inside');
});
