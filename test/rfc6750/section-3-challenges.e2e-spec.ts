// What a guard answers when it refuses, to the letter.
// @see RFC 6750 §3 https://www.rfc-editor.org/rfc/rfc6750#section-3
import { createClient } from '../support/clients.js';
import { CLIENTS, RESOURCES } from '../support/fixtures.js';
import { baseOf, clientCredentials, me, obtainTokens, revoke, signIn, tokenRequest } from '../support/flow.js';
import type { CookieJar } from '../support/http.js';
import { sharedServer } from '../support/server.js';
import { letPass } from '../support/time.js';

const server = sharedServer();
const { trusted, machine, machineJwt } = CLIENTS;
const INVALID_TOKEN =
  'Bearer realm="api", error="invalid_token", ' +
  'error_description="The access token is unknown, expired, revoked or meant for another resource."';

let jar: CookieJar;
beforeAll(async () => void (jar = await signIn(server)));

const tokens = (scope = 'profile') => obtainTokens(server, trusted, { scope }, jar);

async function expectInvalidToken(response: Response): Promise<void> {
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toBe(INVALID_TOKEN);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toMatchObject({ error: 'invalid_token' });
}

it('says nothing of an error when no token was sent (§3.1)', async () => {
  const response = await fetch(`${baseOf(server)}/api/me`);
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toBe('Bearer realm="api"');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.text()).not.toMatch(/"error"\s*:\s*"(invalid|insufficient)/);
});

it.each([
  ['unknown', 'x'.repeat(48)],
  ['one character', 'x'],
  ['of 20 000 characters', 'x'.repeat(20_000)],
  ['a JWT that nobody signed', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.'],
  ['a JWT of somebody else', 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJqdGkiOiJ4In0.c2lnbmF0dXJl'],
])('invalid_token for a token that is %s (§3.1)', async (_, token) => {
  await expectInvalidToken(await me(server, token));
});

it('invalid_token for one that has expired (§3.1)', async () => {
  const { access_token } = await tokens();
  expect((await me(server, access_token)).status).toBe(200);
  await letPass(server, access_token, 3601);
  await expectInvalidToken(await me(server, access_token));
});

it('invalid_token for one that was revoked, at once (§3.1, RFC 7009 §2.1)', async () => {
  const { access_token } = await tokens();
  expect((await me(server, access_token)).status).toBe(200);
  await revoke(server, trusted, access_token);
  await expectInvalidToken(await me(server, access_token));
});

it('invalid_token for one whose grant was revoked (§3.1)', async () => {
  const { access_token, refresh_token } = await tokens();
  await revoke(server, trusted, refresh_token!);
  await expectInvalidToken(await me(server, access_token));
});

it('invalid_token for a refresh token and for a code (§3.1)', async () => {
  const { refresh_token } = await tokens();
  await expectInvalidToken(await me(server, refresh_token!));
  const response = await tokenRequest(server, trusted, { grant_type: 'refresh_token', refresh_token });
  expect(response.status).toBe(200);
});

it('invalid_token for one that is meant for another resource, opaque or JWT (§3.1, RFC 9068 §4)', async () => {
  const client = await createClient(server, {
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    scope: 'read profile',
    skip_consent: undefined,
  });
  for (const { identifier } of Object.values(RESOURCES)) {
    const { access_token } = await clientCredentials(server, client, { resource: identifier, scope: 'read' });
    await expectInvalidToken(await me(server, access_token));
  }
});

it('insufficient_scope, with the scope that is needed (§3.1)', async () => {
  for (const { access_token } of [
    await tokens('read'),
    await clientCredentials(server, machine, { scope: 'read' }),
    await clientCredentials(server, machineJwt, { scope: 'read' }),
  ]) {
    const response = await me(server, access_token);
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer realm="api", error="insufficient_scope", ' +
        'error_description="The access token does not carry the scope that is needed here.", scope="profile"',
    );
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ error: 'insufficient_scope' });
  }
});

it('never repeats a token (§5.3)', async () => {
  const canary = 'canary-0123456789';
  for (const response of [
    await me(server, canary),
    await fetch(`${baseOf(server)}/api/me`, { headers: { authorization: `Bearer "${canary}"` } }),
    await fetch(`${baseOf(server)}/api/me?access_token=${canary}`),
  ]) {
    expect(JSON.stringify([[...response.headers], await response.text()])).not.toContain(canary);
  }
  expect(server.logs()).not.toContain(canary);
});
