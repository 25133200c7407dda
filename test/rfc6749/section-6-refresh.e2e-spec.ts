// Refreshing: who may, what for, and what comes of it. Rotation and reuse are in test/rfc9700.
// @see RFC 6749 §6 https://www.rfc-editor.org/rfc/rfc6749#section-6
import { administer, createClient } from '../support/clients.js';
import { CLIENTS } from '../support/fixtures.js';
import { introspect, obtainTokens, signIn, tokenRequest, type TokenResponse } from '../support/flow.js';
import type { CookieJar, ParameterMap } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { trusted, other, spa, machine } = CLIENTS;

let jar: CookieJar;
beforeAll(async () => void (jar = await signIn(server)));

const tokensOf = (scope = 'read write'): Promise<TokenResponse> => obtainTokens(server, trusted, { scope }, jar);
const refresh = (
  token: string | undefined,
  parameters: ParameterMap = {},
  client: Parameters<typeof tokenRequest>[1] = trusted,
): Promise<Response> =>
  tokenRequest(server, client, { grant_type: 'refresh_token', refresh_token: token, ...parameters });

async function expectError(response: Response, error: string): Promise<void> {
  expect(response.status).toBe(400);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toMatchObject({ error });
}

const success = async (response: Response): Promise<TokenResponse> => {
  expect(response.status).toBe(200);
  return (await response.json()) as TokenResponse;
};

it('gives a new access token and a new refresh token of the same scope; the old access token stays good (§6)', async () => {
  const first = await tokensOf();
  const response = await refresh(first.refresh_token);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('pragma')).toBe('no-cache');
  const second = await success(response);
  expect(second).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 3600,
    refresh_token: expect.any(String),
    scope: 'read write',
  });
  expect(second.access_token).not.toBe(first.access_token);
  expect(second.refresh_token).not.toBe(first.refresh_token);
  for (const { access_token } of [first, second]) {
    expect(await introspect(server, access_token)).toMatchObject({ active: true, scope: 'read write' });
  }
});

it('keeps user and sign-in: sub and auth_time are those of the authorization (§6)', async () => {
  const first = await tokensOf();
  const second = await success(await refresh(first.refresh_token));
  const [before, after] = [await introspect(server, first.access_token), await introspect(server, second.access_token)];
  expect(after).toMatchObject({ sub: before.sub, username: before.username, client_id: trusted.client_id });
});

it('may ask for less, and later for all of it again (§6)', async () => {
  const { refresh_token } = await tokensOf();
  const less = await success(await refresh(refresh_token, { scope: 'write' }));
  expect(less.scope).toBe('write');
  expect(await introspect(server, less.access_token)).toMatchObject({ scope: 'write' });
  expect((await success(await refresh(less.refresh_token, { scope: 'read write' }))).scope).toBe('read write');
});

it('gives all of it when the scope is left out after it was less (§6)', async () => {
  const { refresh_token } = await tokensOf();
  const less = await success(await refresh(refresh_token, { scope: 'write' }));
  expect((await success(await refresh(less.refresh_token))).scope).toBe('read write');
});

it.each([
  ['the client is registered for, but was not granted', 'read profile'],
  ['nobody knows', 'nonsense'],
  ['cannot be', '"'],
])('refuses scope that %s, and the refresh token stays good (§6)', async (_, scope) => {
  const { refresh_token } = await tokensOf();
  await expectError(await refresh(refresh_token, { scope }), 'invalid_scope');
  await success(await refresh(refresh_token));
});

it.each([
  ['unknown', 'x'.repeat(48)],
  ['short', 'x'],
  ['of 100 000 characters', 'x'.repeat(100_000)],
  ['full of signs', `'"\\;--<>%& `],
  ['not ASCII', '\u{1F600}'],
])('takes one that is %s for an invalid grant (§5.2)', async (_, token) => {
  await expectError(await refresh(token), 'invalid_grant');
});

it.each([
  ['missing', undefined],
  ['empty', ''],
])('takes one that is %s for an invalid request (§6)', async (_, token) => {
  await expectError(await refresh(token), 'invalid_request');
});

it('takes an access token for none (§1.5)', async () => {
  const { access_token } = await tokensOf();
  await expectError(await refresh(access_token), 'invalid_grant');
  expect((await introspect(server, access_token)).active).toBe(true);
});

it('is bound to the client: another one gets nothing, and does no harm (§6, §10.4)', async () => {
  const { refresh_token, access_token } = await tokensOf();
  await expectError(await refresh(refresh_token, {}, other), 'invalid_grant');
  await expectError(await refresh(refresh_token, {}, spa), 'invalid_grant');
  expect((await introspect(server, access_token)).active).toBe(true);
  await success(await refresh(refresh_token));
});

it('is bound to the client also when another one adds the owner’s client_id (§6)', async () => {
  const { refresh_token } = await tokensOf();
  await expectError(await refresh(refresh_token, { client_id: trusted.client_id }, other), 'invalid_request');
});

it('asks the client to prove who it is (§6)', async () => {
  const { refresh_token } = await tokensOf();
  expect((await refresh(refresh_token, {}, { client_id: trusted.client_id })).status).toBe(401);
  await success(await refresh(refresh_token));
});

it('is refused to a client that is not registered for it (§5.2)', async () => {
  await expectError(await refresh('x'.repeat(48), {}, machine), 'unauthorized_client');
});

it('is refused to a client that lost the right to it (§5.2)', async () => {
  const client = await createClient(server);
  const request = { redirect_uri: client.redirect_uris[0], scope: 'read write' };
  const { refresh_token } = await obtainTokens(server, client, request, jar);
  const change = { grant_types: ['authorization_code'] };
  expect((await administer(server, 'PATCH', `/api/clients/${client.client_id}`, change)).status).toBe(200);
  await expectError(await refresh(refresh_token, {}, client), 'unauthorized_client');
});
