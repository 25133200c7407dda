// The authorization code grant at the token endpoint: one code, one client, one redirect URI, once.
// @see RFC 6749 §4.1.2–§4.1.4, RFC 9700 §4.5 https://www.rfc-editor.org/rfc/rfc6749#section-4.1
import { administer, createClient } from '../support/clients.js';
import { CLIENTS } from '../support/fixtures.js';
import {
  authorize,
  type AuthorizationResult,
  type ClientCredentials,
  introspect,
  redeem,
  signIn,
  signUp,
  tokenRequest,
  type TokenResponse,
} from '../support/flow.js';
import type { CookieJar, ParameterMap } from '../support/http.js';
import { sharedServer } from '../support/server.js';
import { letPass } from '../support/time.js';

const server = sharedServer();
const { trusted, other, spa, exempt, machine } = CLIENTS;
const CALLBACK = trusted.redirect_uris[0];

let jar: CookieJar;
beforeAll(async () => void (jar = await signIn(server)));

const authorizeTrusted = (parameters: ParameterMap = {}): Promise<AuthorizationResult> =>
  authorize(server, { client_id: trusted.client_id, scope: 'read', ...parameters }, jar);

const attempt = (
  { code, verifier }: { code: string; verifier: string },
  parameters: ParameterMap = {},
  client: ClientCredentials = trusted,
): Promise<Response> =>
  tokenRequest(server, client, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: CALLBACK,
    code_verifier: verifier,
    ...parameters,
  });

async function expectError(response: Response, error: string): Promise<void> {
  expect(response.status).toBe(400);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toMatchObject({ error });
}

const isActive = async (token: string): Promise<boolean> => (await introspect(server, token)).active;
const refresh = (token: string | undefined): Promise<Response> =>
  tokenRequest(server, trusted, { grant_type: 'refresh_token', refresh_token: token });

describe('a code', () => {
  it('is exchanged for an access token and a refresh token (§4.1.4)', async () => {
    const response = await attempt(await authorizeTrusted());
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('pragma')).toBe('no-cache');
    const tokens = (await response.json()) as TokenResponse;
    expect(tokens).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 3600,
      refresh_token: expect.any(String),
      scope: 'read',
    });
    expect(tokens.access_token).not.toBe(tokens.refresh_token);
    expect(await introspect(server, tokens.access_token)).toMatchObject({ client_id: 'trusted', scope: 'read' });
  });

  it('is as long as 256 random bits, new every time, and safe in a URL (§10.10)', async () => {
    const codes = [];
    for (let n = 0; n < 5; n++) codes.push((await authorizeTrusted()).code);
    expect(new Set(codes).size).toBe(5);
    for (const code of codes) expect(code).toMatch(/^[A-Za-z0-9._~-]{43,}$/);
  });

  it('gives no refresh token to a client that is not registered for it (§1.5)', async () => {
    const client = await createClient(server, { grant_types: ['authorization_code'] });
    const { code, verifier } = await authorize(
      server,
      { client_id: client.client_id, redirect_uri: client.redirect_uris[0], scope: 'read' },
      jar,
    );
    const tokens = await redeem(server, client, { code, verifier, redirectUri: client.redirect_uris[0] });
    expect(tokens).not.toHaveProperty('refresh_token');
  });

  it('gives what was authorized, whatever scope the exchange asks for (§4.1.3)', async () => {
    const response = await attempt(await authorizeTrusted(), { scope: 'read write profile' });
    expect(await response.json()).toMatchObject({ scope: 'read' });
  });

  it('works with a state or a nonce beside it that nobody reads (§3.2)', async () => {
    expect((await attempt(await authorizeTrusted(), { state: 'x', nonce: 'y', response_type: 'code' })).status).toBe(
      200,
    );
  });

  it.each([
    ['unknown', 'x'.repeat(48)],
    ['short', 'x'],
    ['of 100 000 characters', 'x'.repeat(100_000)],
    ['full of signs', `'"\\;--<>%& `],
    ['not ASCII', '\u{1F600}'],
  ])('that is %s is an invalid grant (§5.2)', async (_, code) => {
    await expectError(await attempt({ code, verifier: 'v'.repeat(43) }), 'invalid_grant');
  });

  it.each([
    ['is missing', undefined],
    ['is empty', ''],
  ])('that %s is an invalid request (§4.1.3)', async (_, code) => {
    await expectError(
      await tokenRequest(server, trusted, { grant_type: 'authorization_code', code, redirect_uri: CALLBACK }),
      'invalid_request',
    );
  });

  it('is no access token and no refresh token (§1.3.1)', async () => {
    const { code, verifier } = await authorizeTrusted();
    expect(await isActive(code)).toBe(false);
    await expectError(await refresh(code), 'invalid_grant');
    expect((await attempt({ code, verifier })).status).toBe(200);
  });

  it('is not taken for another kind of token: a refresh token is no code (§1.3.1)', async () => {
    const authorization = await authorizeTrusted();
    const { refresh_token, access_token } = await redeem(server, trusted, { ...authorization, redirectUri: CALLBACK });
    for (const code of [refresh_token!, access_token]) {
      await expectError(await attempt({ code, verifier: authorization.verifier }), 'invalid_grant');
    }
    expect(await isActive(access_token)).toBe(true);
  });
});

describe('a code that is used', () => {
  it('is refused the second time, and revokes all that it gave (§4.1.2, §10.5)', async () => {
    const authorization = await authorizeTrusted();
    const tokens = (await (await attempt(authorization)).json()) as TokenResponse;
    expect(await isActive(tokens.access_token)).toBe(true);
    await expectError(await attempt(authorization), 'invalid_grant');
    expect(await isActive(tokens.access_token)).toBe(false);
    await expectError(await refresh(tokens.refresh_token), 'invalid_grant');
  });

  it('revokes also what was refreshed since (§4.1.2, RFC 9700 §4.5)', async () => {
    const authorization = await authorizeTrusted();
    const first = (await (await attempt(authorization)).json()) as TokenResponse;
    const second = (await (await refresh(first.refresh_token)).json()) as TokenResponse;
    await expectError(await attempt(authorization), 'invalid_grant');
    for (const token of [first.access_token, second.access_token]) expect(await isActive(token)).toBe(false);
    await expectError(await refresh(second.refresh_token), 'invalid_grant');
  });

  it('revokes whatever else is wrong with the second attempt (§4.1.2)', async () => {
    const authorization = await authorizeTrusted();
    const tokens = (await (await attempt(authorization)).json()) as TokenResponse;
    await expectError(
      await attempt(authorization, { code_verifier: 'w'.repeat(43), redirect_uri: 'https://attacker.example/' }),
      'invalid_grant',
    );
    expect(await isActive(tokens.access_token)).toBe(false);
  });

  it('does not revoke what another code gave the same client for the same user (interface: Grant)', async () => {
    const [one, two] = [await authorizeTrusted(), await authorizeTrusted()];
    await attempt(one);
    const tokens = (await (await attempt(two)).json()) as TokenResponse;
    await expectError(await attempt(one), 'invalid_grant');
    expect(await isActive(tokens.access_token)).toBe(true);
    expect((await refresh(tokens.refresh_token)).status).toBe(200);
  });
});

describe('a code that is stolen', () => {
  it('is nothing to another client, which cannot spend it either (§4.1.3, §10.5)', async () => {
    const authorization = await authorizeTrusted();
    for (const thief of [other, exempt]) await expectError(await attempt(authorization, {}, thief), 'invalid_grant');
    await expectError(await attempt(authorization, {}, spa), 'invalid_grant');
    const response = await attempt(authorization);
    expect(response.status).toBe(200);
    const tokens = (await response.json()) as TokenResponse;
    await expectError(await attempt(authorization, {}, other), 'invalid_grant');
    expect(await isActive(tokens.access_token)).toBe(true);
  });

  it('is nothing to a client that may not use codes (§5.2)', async () => {
    const authorization = await authorizeTrusted();
    await expectError(await attempt(authorization, {}, machine), 'unauthorized_client');
    expect((await attempt(authorization)).status).toBe(200);
  });
});

describe('the redirect_uri of the exchange', () => {
  it.each([
    ['another one', 'https://attacker.example/callback'],
    ['one that is almost the same', `${CALLBACK}/`],
    ['none', undefined],
    ['an empty one', ''],
  ])('must be that of the authorization: %s is refused, and the code is spent (§4.1.3)', async (_, redirectUri) => {
    const authorization = await authorizeTrusted({ redirect_uri: CALLBACK });
    await expectError(await attempt(authorization, { redirect_uri: redirectUri }), 'invalid_grant');
    await expectError(await attempt(authorization), 'invalid_grant');
  });

  it('must be that of this authorization, not another one of the client’s (§4.1.3, §10.6)', async () => {
    const redirect_uris = ['https://created.example/one', 'https://created.example/two'];
    const client = await createClient(server, { redirect_uris });
    const authorization = await authorize(
      server,
      { client_id: client.client_id, redirect_uri: redirect_uris[0], scope: 'read' },
      jar,
    );
    await expectError(await attempt(authorization, { redirect_uri: redirect_uris[1] }, client), 'invalid_grant');
  });
});

describe('between authorization and exchange', () => {
  const authorizeFor = (client: { client_id: string; redirect_uris: string[] }, browser = jar) =>
    authorize(server, { client_id: client.client_id, redirect_uri: client.redirect_uris[0], scope: 'read' }, browser);
  const exchange = (client: ClientCredentials & { redirect_uris: string[] }, authorization: AuthorizationResult) =>
    attempt(authorization, { redirect_uri: client.redirect_uris[0] }, client);

  it('the code expires, after a minute (§4.1.2)', async () => {
    const inTime = await authorizeTrusted();
    await letPass(server, inTime.code, 50);
    expect((await attempt(inTime)).status).toBe(200);
    const late = await authorizeTrusted();
    await letPass(server, late.code, 61);
    await expectError(await attempt(late), 'invalid_grant');
  });

  it('a code that was used expires, and its second use is still noticed (§4.1.2)', async () => {
    const authorization = await authorizeTrusted();
    const tokens = (await (await attempt(authorization)).json()) as TokenResponse;
    await letPass(server, authorization.code, 600);
    await expectError(await attempt(authorization), 'invalid_grant');
    expect(await isActive(tokens.access_token)).toBe(false);
  });

  it('the client loses the right to codes (§5.2)', async () => {
    const client = await createClient(server);
    const authorization = await authorizeFor(client);
    const change = { grant_types: ['client_credentials'], response_types: [] };
    expect((await administer(server, 'PATCH', `/api/clients/${client.client_id}`, change)).status).toBe(200);
    await expectError(await exchange(client, authorization), 'unauthorized_client');
  });

  it('the client is disabled, and the code stays dead when it is enabled again', async () => {
    const client = await createClient(server);
    const authorization = await authorizeFor(client);
    const path = `/api/clients/${client.client_id}`;
    expect((await administer(server, 'POST', `${path}/disable`)).status).toBe(200);
    expect((await exchange(client, authorization)).status).toBe(401);
    expect((await administer(server, 'POST', `${path}/enable`)).status).toBe(200);
    await expectError(await exchange(client, authorization), 'invalid_grant');
  });

  it('the user is disabled', async () => {
    const client = await createClient(server);
    const user = await signUp(server);
    const authorization = await authorizeFor(client, user.jar);
    const found = await administer(server, 'GET', `/api/users?search=${user.username}`);
    const { items } = (await found.json()) as { items: { id: string }[] };
    expect(items).toHaveLength(1);
    const [{ id }] = items;
    expect((await administer(server, 'POST', `/api/users/${id}/disable`)).status).toBe(200);
    await expectError(await exchange(client, authorization), 'invalid_grant');
  });
});
