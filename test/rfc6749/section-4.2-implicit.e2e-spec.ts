// The implicit grant, for clients that are registered for it: an access token in the fragment, and nothing that lasts.
// @see RFC 6749 §4.2, RFC 9700 §2.1.2 https://www.rfc-editor.org/rfc/rfc6749#section-4.2
import { ask } from '../support/authorization-request.js';
import { administer, createClient } from '../support/clients.js';
import { CLIENTS } from '../support/fixtures.js';
import { authorize, introspect, me, signIn, tokenRequest } from '../support/flow.js';
import type { CookieJar } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { implicit, web, spa } = CLIENTS;
const CALLBACK = implicit.redirect_uris[0];
const asked = { client_id: implicit.client_id, response_type: 'token', scope: 'profile' };
const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined };

let jar: CookieJar;
beforeAll(async () => void (jar = await signIn(server)));

it('answers with the token in the fragment, its type, lifetime and scope, state and iss (§4.2.2, RFC 9207 §2)', async () => {
  const { location, params } = await authorize(server, { ...asked, ...withoutPkce, state: 'x y' }, jar);
  expect(location).toMatch(/^https:\/\/implicit\.example\/callback#[^?]+$/);
  expect(params).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: '3600',
    scope: 'profile',
    state: 'x y',
    iss: server.issuer,
  });
  expect((await me(server, params.access_token)).status).toBe(200);
});

it('never gives a refresh token or a code (§4.2.2)', async () => {
  const client = await createClient(server, {
    grant_types: ['implicit', 'refresh_token', 'authorization_code'],
    response_types: ['token', 'code'],
    token_endpoint_auth_method: 'none',
  });
  const request = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], response_type: 'token' };
  const { params } = await authorize(server, { ...request, scope: 'profile' }, jar);
  expect(Object.keys(params).sort()).toEqual(['access_token', 'expires_in', 'iss', 'scope', 'state', 'token_type']);
});

it('gives a token without an audience that belongs to the user and the client (§4.2.2)', async () => {
  const { params } = await authorize(server, asked, jar);
  const body = (await (await me(server, params.access_token)).json()) as { username: string };
  expect(body.username).toBe('alice');
  expect(await introspect(server, params.access_token)).toMatchObject({
    active: true,
    client_id: 'implicit',
    username: 'alice',
  });
});

it.each([
  ['an unknown scope', { scope: 'unknown' }, 'invalid_scope'],
  ['a response type that is not registered', { response_type: 'code' }, 'unauthorized_client'],
])('answers errors in the fragment, but for those of a code request: %s (§4.2.2.1)', async (_, parameters, error) => {
  const answer = await ask(server, { ...asked, ...parameters }, { jar });
  expect(answer).toMatchObject({ kind: 'answer', uri: CALLBACK, params: { error, state: 'a state' } });
  const { location } = answer as { location: string };
  expect(location).toContain('response_type' in parameters ? '?error=' : '#error=');
});

it('answers a refusal in the fragment (§4.2.2.1)', async () => {
  const client = await createClient(server, {
    grant_types: ['implicit'],
    response_types: ['token'],
    token_endpoint_auth_method: 'none',
    skip_consent: false,
  });
  const { location } = await authorize(
    server,
    { ...asked, client_id: client.client_id, redirect_uri: client.redirect_uris[0] },
    { jar, decision: 'deny' },
  );
  expect(location).toMatch(/^https:\/\/created\.example\/callback#error=access_denied&/);
});

it.each([web, spa])(
  'is refused to a client that is not registered for it, in the fragment: $client_id (§4.2.2.1)',
  async (client) => {
    const answer = await ask(
      server,
      { client_id: client.client_id, response_type: 'token', scope: 'profile', redirect_uri: client.redirect_uris[0] },
      { jar },
    );
    expect(answer).toMatchObject({
      params: { error: 'unauthorized_client' },
      location: expect.stringContaining('#error='),
    });
  },
);

it('never redirects to a URI that is not registered (§4.2.2.1, §10.16)', async () => {
  const answer = await ask(server, { ...asked, redirect_uri: 'https://attacker.example/' }, { jar });
  expect(answer).toMatchObject({ kind: 'error page', error: 'invalid_request' });
});

it('is no grant type of the token endpoint (§5.2)', async () => {
  const response = await tokenRequest(server, implicit, { grant_type: 'implicit', scope: 'read' });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: 'unsupported_grant_type' });
});

it('cannot be registered without its grant type (RFC 7591 §2.1)', async () => {
  const metadata = { redirect_uris: [CALLBACK], grant_types: ['authorization_code'], response_types: ['token'] };
  expect((await administer(server, 'POST', '/api/clients', metadata)).status).toBe(400);
});
