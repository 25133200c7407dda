// The flows of an application that uses openid-client, as its documentation shows them.
// @see https://github.com/panva/openid-client
import * as client from 'openid-client';
import { CLIENTS, RESOURCES } from '../support/fixtures.js';
import { administrate } from '../support/flow.js';
import { type RunningServer, sharedServer, startServer } from '../support/server.js';
import { follow, newcomer } from './browser.js';

const server = sharedServer();
const { api, machine, machineJwt, native, post, spa, web } = CLIENTS;

const discover = (
  clientId: string,
  authentication: client.ClientAuth,
  issuer: string = server.issuer,
): Promise<client.Configuration> =>
  client.discovery(new URL(issuer), clientId, undefined, authentication, {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests],
  });

interface Prepared {
  url: URL;
  checks: { pkceCodeVerifier: string; expectedState: string };
}

async function prepare(
  config: client.Configuration,
  redirect_uri: string,
  parameters: Record<string, string> | [string, string][] = {},
): Promise<Prepared> {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const all = new URLSearchParams(parameters);
  all.set('redirect_uri', redirect_uri);
  all.set('code_challenge', await client.calculatePKCECodeChallenge(pkceCodeVerifier));
  all.set('code_challenge_method', 'S256');
  all.set('state', expectedState);
  return { url: client.buildAuthorizationUrl(config, all), checks: { pkceCodeVerifier, expectedState } };
}

const CONFIDENTIAL = [
  ['client_secret_basic', web, client.ClientSecretBasic(web.client_secret)],
  ['client_secret_post', post, client.ClientSecretPost(post.client_secret)],
] as const;
const PUBLIC = ['none', spa, client.None()] as const;

it('discovers the server', async () => {
  const config = await discover(web.client_id, client.ClientSecretBasic(web.client_secret));
  const metadata = config.serverMetadata();
  expect(metadata.issuer).toBe(server.issuer);
  expect(metadata.supportsPKCE()).toBe(true);
  expect(metadata.authorization_response_iss_parameter_supported).toBe(true);
});

describe.each([...CONFIDENTIAL, PUBLIC])('a client with %s', (_, registered, authentication) => {
  let config: client.Configuration;
  beforeAll(async () => (config = await discover(registered.client_id, authentication)));

  it('gets tokens for a code, with PKCE, state and iss', async () => {
    const { url, checks } = await prepare(config, registered.redirect_uris[0], { scope: 'profile read' });
    const visit = await follow(server, url, await newcomer(server));
    expect(visit.pages).toEqual(['sign-in', 'consent']);
    expect(visit.url.searchParams.get('iss')).toBe(server.issuer);
    const tokens = await client.authorizationCodeGrant(config, visit.url, checks);
    expect(tokens.token_type).toBe('bearer');
    expect(tokens.scope).toBe('profile read');
    expect(tokens.expiresIn()).toBeGreaterThan(3000);
    const me = await client.fetchProtectedResource(config, tokens.access_token, new URL('/api/me', server.url), 'GET');
    expect(me.status).toBe(200);
  });

  it('refreshes, and revokes what it got', async () => {
    const { url, checks } = await prepare(config, registered.redirect_uris[0], { scope: 'profile read' });
    const visit = await follow(server, url);
    const first = await client.authorizationCodeGrant(config, visit.url, checks);
    const second = await client.refreshTokenGrant(config, first.refresh_token!, { scope: 'profile' });
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(second.scope).toBe('profile');
    await client.tokenRevocation(config, second.access_token);
    const me = new URL('/api/me', server.url);
    await expect(client.fetchProtectedResource(config, second.access_token, me, 'GET')).rejects.toMatchObject({
      code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE',
      status: 401,
    });
    expect((await client.fetchProtectedResource(config, first.access_token, me, 'GET')).status).toBe(200);
    await client.tokenRevocation(config, second.refresh_token!, { token_type_hint: 'refresh_token' });
    await expect(client.refreshTokenGrant(config, second.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
      status: 400,
    });
  });

  it('gets the response by form_post', async () => {
    const { url, checks } = await prepare(config, registered.redirect_uris[0], {
      scope: 'read',
      response_mode: 'form_post',
    });
    const visit = await follow(server, url);
    expect(visit.url.search).toBe('');
    const tokens = await client.authorizationCodeGrant(config, visit.request, checks);
    expect(tokens.scope).toBe('read');
  });

  it('hears that the user refused', async () => {
    const { url, checks } = await prepare(config, registered.redirect_uris[0], { scope: 'read', prompt: 'consent' });
    const visit = await follow(server, url, { decision: 'deny' });
    await expect(client.authorizationCodeGrant(config, visit.url, checks)).rejects.toMatchObject({
      error: 'access_denied',
    });
  });

  it('refuses a response of another issuer, or with another state', async () => {
    const { url, checks } = await prepare(config, registered.redirect_uris[0], { scope: 'read' });
    const visit = await follow(server, url);
    const mixedUp = new URL(visit.url);
    mixedUp.searchParams.set('iss', 'https://attacker.example');
    await expect(client.authorizationCodeGrant(config, mixedUp, checks)).rejects.toThrow();
    await expect(
      client.authorizationCodeGrant(config, visit.url, { ...checks, expectedState: 'another' }),
    ).rejects.toThrow();
    await expect(client.authorizationCodeGrant(config, visit.url, checks)).resolves.toBeTruthy();
  });
});

describe('a native client', () => {
  it('gets its code at a loopback address, on whatever port it found', async () => {
    const config = await discover(native.client_id, client.None());
    const { url, checks } = await prepare(config, 'http://127.0.0.1:53682/callback', { scope: 'profile' });
    const visit = await follow(server, url);
    expect(visit.url.host).toBe('127.0.0.1:53682');
    const tokens = await client.authorizationCodeGrant(config, visit.url, checks);
    expect(tokens.refresh_token).toBeTruthy();
  });
});

describe('resource indicators', () => {
  it('bind the tokens, and are narrowed when the code is redeemed and when tokens are refreshed', async () => {
    const config = await discover(web.client_id, client.ClientSecretBasic(web.client_secret));
    const resources = [RESOURCES.jwt.identifier, RESOURCES.opaque.identifier];
    const { url, checks } = await prepare(config, web.redirect_uris[0], [
      ['scope', 'read'],
      ...resources.map((identifier): [string, string] => ['resource', identifier]),
    ]);
    const visit = await follow(server, url);
    const [jwt, opaque] = resources;
    const first = await client.authorizationCodeGrant(config, visit.url, checks, { resource: jwt });
    expect(await client.tokenIntrospection(config, first.access_token)).toMatchObject({ active: true, aud: jwt });
    const second = await client.refreshTokenGrant(config, first.refresh_token!, { resource: opaque });
    expect(await client.tokenIntrospection(config, second.access_token)).toMatchObject({ active: true, aud: opaque });
  });

  it('are refused when they are unknown', async () => {
    const config = await discover(machine.client_id, client.ClientSecretBasic(machine.client_secret));
    const asked = client.clientCredentialsGrant(config, { resource: 'https://unknown.example.com' });
    await expect(asked).rejects.toMatchObject({ error: 'invalid_target', status: 400 });
  });
});

describe('a machine', () => {
  it.each([
    ['opaque', machine],
    ['JWT', machineJwt],
  ])('gets a token (%s), which a resource server introspects', async (_, registered) => {
    const config = await discover(registered.client_id, client.ClientSecretBasic(registered.client_secret));
    const tokens = await client.clientCredentialsGrant(config, { scope: 'read' });
    const resourceServer = await discover(api.client_id, client.ClientSecretBasic(api.client_secret));
    expect(await client.tokenIntrospection(resourceServer, tokens.access_token)).toMatchObject({
      active: true,
      client_id: registered.client_id,
      scope: 'read',
    });
    await client.tokenRevocation(config, tokens.access_token);
    expect(await client.tokenIntrospection(resourceServer, tokens.access_token)).toEqual({ active: false });
  });

  it('authenticates with an id and a secret of any characters (RFC 6749 §2.3.1)', async () => {
    const client_id = `odd:id+with%20${client.randomState().slice(0, 8)}/&=?`;
    const client_secret = `colon: plus+ percent% space  amp& quote" umlaut ü emoji 🐎`;
    const created = await administrate(server, 'POST', '/api/clients', {
      client_id,
      client_secret,
      grant_types: ['client_credentials'],
      scope: 'read',
    });
    expect(created.status).toBe(201);
    const config = await discover(client_id, client.ClientSecretBasic(client_secret));
    expect((await client.clientCredentialsGrant(config)).scope).toBe('read');
    const wrong = await discover(client_id, client.ClientSecretBasic(client_secret.replace('+', ' ')));
    await expect(client.clientCredentialsGrant(wrong)).rejects.toMatchObject({
      code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE',
      status: 401,
    });
  });
});

describe('an issuer with a path', () => {
  let tenant: RunningServer;
  beforeAll(async () => {
    tenant = await startServer({
      env: { ISSUER: 'http://localhost:$PORT/tenants/a' },
      bootstrap: { clients: [web], scopes: [{ name: 'read', description: 'Read' }] },
    });
  });

  it('is discovered, and completes the flow', async () => {
    const config = await discover(web.client_id, client.ClientSecretBasic(web.client_secret), tenant.issuer);
    const { url, checks } = await prepare(config, web.redirect_uris[0], { scope: 'profile' });
    const visit = await follow(tenant, url, await newcomer(tenant));
    const tokens = await client.authorizationCodeGrant(config, visit.url, checks);
    const me = new URL(`${tenant.issuer}/api/me`);
    expect((await client.fetchProtectedResource(config, tokens.access_token, me, 'GET')).status).toBe(200);
  });
});
