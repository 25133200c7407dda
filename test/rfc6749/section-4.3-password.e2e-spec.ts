// The password grant, for clients that are registered for it.
// @see RFC 6749 §4.3, RFC 9700 §2.4 https://www.rfc-editor.org/rfc/rfc6749#section-4.3
import { administer, createClient } from '../support/clients.js';
import { CLIENTS, USERS } from '../support/fixtures.js';
import { introspect, me, signUp, tokenRequest, type TokenResponse } from '../support/flow.js';
import type { ParameterMap } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { password: client, web, machine } = CLIENTS;
const { username, password } = USERS.alice;

const ask = (parameters: ParameterMap = {}, as: Parameters<typeof tokenRequest>[1] = client): Promise<Response> =>
  tokenRequest(server, as, { grant_type: 'password', username, password, ...parameters });

async function expectError(response: Response, error: string, status = 400): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toMatchObject({ error });
}

it('gives an access token for the user, and a refresh token that works (§4.3.3)', async () => {
  const response = await ask({ scope: 'profile' });
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const tokens = (await response.json()) as TokenResponse;
  expect(tokens).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 3600,
    refresh_token: expect.any(String),
    scope: 'profile',
  });
  expect(await (await me(server, tokens.access_token)).json()).toMatchObject({ username });
  const refreshed = await tokenRequest(server, client, {
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token,
  });
  expect(await refreshed.json()).toMatchObject({ scope: 'profile' });
});

it('takes the e-mail address for the name, and any of their cases (interface §4)', async () => {
  for (const login of [USERS.alice.email, 'ALICE', ' alice ', 'Alice@Example.COM']) {
    expect((await ask({ username: login })).status).toBe(200);
  }
});

it('gives no refresh token to a client that is not registered for it (§1.5)', async () => {
  const without = await createClient(server, { grant_types: ['password'], response_types: [], redirect_uris: [] });
  expect(await (await ask({ scope: 'read' }, without)).json()).not.toHaveProperty('refresh_token');
});

it.each<[string, ParameterMap]>([
  ['no username', { username: undefined }],
  ['an empty username', { username: '' }],
  ['no password', { password: undefined }],
  ['an empty password', { password: '' }],
  ['two usernames', { username: [username, username] }],
  ['two passwords', { password: [password, password] }],
])('refuses %s as an invalid request (§4.3.2)', async (_, parameters) => {
  await expectError(await ask(parameters), 'invalid_request');
});

it('refuses a wrong password and an unknown user in the same words, as an invalid grant (§4.3.2, §5.2)', async () => {
  const user = await signUp(server);
  const wrong = await ask({ username: user.username, password: 'wrong-password-1' });
  const unknown = await ask({ username: 'nobody-at-all', password: 'wrong-password-1' });
  expect(await wrong.clone().json()).toEqual(await unknown.clone().json());
  await expectError(wrong, 'invalid_grant');
  await expectError(unknown, 'invalid_grant');
});

it.each([
  ['in another case', password.toUpperCase()],
  ['with a space', `${password} `],
  ['in part', password.slice(0, -1)],
  ['of 100 000 characters', 'x'.repeat(100_000)],
  ['of SQL', "' OR '1'='1"],
])('refuses the password %s (§4.3.2)', async (_, secret) => {
  const user = await signUp(server);
  await expectError(await ask({ username: user.username, password: secret }), 'invalid_grant');
});

it('refuses a user who is disabled, and whose password was changed (§4.3.2)', async () => {
  const user = await signUp(server);
  const found = await administer(server, 'GET', `/api/users?search=${user.username}`);
  const { items } = (await found.json()) as { items: { id: string }[] };
  const as = { username: user.username, password: user.password };
  const tokens = (await (await ask(as)).json()) as TokenResponse;
  expect((await administer(server, 'POST', `/api/users/${items[0].id}/disable`)).status).toBe(200);
  await expectError(await ask(as), 'invalid_grant');
  expect((await introspect(server, tokens.access_token)).active).toBe(false);
});

it('slows down who guesses, and tells them when to come back (§4.3.2, §10.10)', async () => {
  const user = await signUp(server);
  let response: Response;
  let attempts = 0;
  do {
    response = await ask({ username: user.username, password: `guess-${++attempts}-xxxxxx` });
  } while (response.status === 400 && attempts < 20);
  expect(attempts).toBeGreaterThan(4);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  await expectError(response, 'invalid_grant', 429);
});

it.each([web, machine])('is refused to a client that is not registered for it: $client_id (§5.2)', async (other) => {
  await expectError(await ask({}, other), 'unauthorized_client');
});

it('is refused to a client that does not prove who it is (§4.3.2)', async () => {
  await expectError(await ask({}, { client_id: client.client_id }), 'invalid_client', 401);
  await expectError(await ask({}, { ...client, client_secret: 'wrong'.padEnd(40, '0') }), 'invalid_client', 401);
});

it('cannot be registered by people for themselves (interface: Rights)', async () => {
  const { parseClientMetadata } = await import('../../src/clients/client-metadata.js');
  expect(() => parseClientMetadata({ grant_types: ['password'] }, 'self-service')).toThrow();
});
