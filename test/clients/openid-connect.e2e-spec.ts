// The flows of a relying party of OpenID Connect that uses openid-client, as its documentation shows them.
// @see https://github.com/panva/openid-client
import * as client from 'openid-client';
import { createClient, type CreatedClient } from '../support/clients.js';
import { sharedServer } from '../support/server.js';
import { follow } from './browser.js';

const server = sharedServer();
const SCOPE = 'openid profile email offline_access';

let registered: CreatedClient;
beforeAll(async () => {
  registered = await createClient(server, {
    grant_types: ['authorization_code', 'implicit', 'refresh_token'],
    response_types: ['code', 'code id_token', 'id_token'],
    scope: SCOPE,
  });
});

function discover(of: CreatedClient = registered): Promise<client.Configuration> {
  const authentication = client.ClientSecretBasic(of.client_secret);
  return client.discovery(new URL(server.issuer), of.client_id, undefined, authentication, {
    execute: [client.allowInsecureRequests],
  });
}

interface Prepared {
  url: URL;
  checks: { pkceCodeVerifier: string; expectedState: string; expectedNonce: string };
}

async function prepare(config: client.Configuration, parameters: Record<string, string> = {}): Promise<Prepared> {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const expectedNonce = client.randomNonce();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: registered.redirect_uris[0],
    scope: 'openid profile email',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    ...parameters,
  });
  return { url, checks: { pkceCodeVerifier, expectedState, expectedNonce } };
}

it('discovers the provider by its OpenID configuration', async () => {
  const metadata = (await discover()).serverMetadata();
  expect(metadata).toMatchObject({
    issuer: server.issuer,
    userinfo_endpoint: `${server.issuer}/oauth/userinfo`,
    id_token_signing_alg_values_supported: expect.arrayContaining(['RS256', 'ES256']),
  });
});

it('code flow: ID token, userinfo, max_age', async () => {
  const config = await discover();
  const { url, checks } = await prepare(config, { max_age: '1000' });
  const visit = await follow(server, url);
  const tokens = await client.authorizationCodeGrant(config, visit.url, { ...checks, maxAge: 1000 });
  const claims = tokens.claims()!;
  expect(claims.sub).toEqual(expect.any(String));
  const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  expect(info).toMatchObject({
    sub: claims.sub,
    email: 'alice@example.com',
    email_verified: true,
    name: 'Alice Example',
  });
});

it('code flow with offline_access: a refreshed ID token is about the same sign-in', async () => {
  const config = await discover();
  const { url, checks } = await prepare(config, { scope: SCOPE, prompt: 'consent' });
  const tokens = await client.authorizationCodeGrant(config, (await follow(server, url)).url, checks);
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token!);
  const [before, after] = [tokens.claims()!, refreshed.claims()!];
  expect(after).toMatchObject({ iss: before.iss, sub: before.sub, aud: before.aud, auth_time: before.auth_time });
});

it('hybrid flow: code id_token', async () => {
  const config = await discover();
  client.useCodeIdTokenResponseType(config);
  const { url, checks } = await prepare(config);
  const visit = await follow(server, url);
  const tokens = await client.authorizationCodeGrant(config, visit.url, checks);
  expect(tokens.claims()).toMatchObject({ nonce: checks.expectedNonce });
});

it('hybrid flow by form_post', async () => {
  const config = await discover();
  client.useCodeIdTokenResponseType(config);
  const { url, checks } = await prepare(config, { response_mode: 'form_post' });
  const visit = await follow(server, url);
  const tokens = await client.authorizationCodeGrant(config, visit.request, checks);
  expect(tokens.claims()).toMatchObject({ nonce: checks.expectedNonce });
});

it('implicit flow: id_token', async () => {
  const config = await discover();
  client.useIdTokenResponseType(config);
  const { url, checks } = await prepare(config);
  const visit = await follow(server, url);
  const claims = await client.implicitAuthentication(config, visit.url, checks.expectedNonce, {
    expectedState: checks.expectedState,
  });
  expect(claims).toMatchObject({ nonce: checks.expectedNonce, email: 'alice@example.com' });
});

it('hears login_required', async () => {
  const config = await discover();
  const { url, checks } = await prepare(config, { prompt: 'none' });
  const visit = await follow(server, url);
  await expect(client.authorizationCodeGrant(config, visit.url, checks)).rejects.toMatchObject({
    error: 'login_required',
  });
});
