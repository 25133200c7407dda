// Applications that register themselves with openid-client and oauth4webapi, and then sign somebody in.
// @see https://github.com/panva/openid-client https://github.com/panva/oauth4webapi
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { sharedServer } from '../support/server.js';
import { follow, newcomer } from './browser.js';

const server = sharedServer();
const CALLBACK = 'https://library.example/callback';

it('registers, runs the code flow and reads userinfo with openid-client', async () => {
  const config = await client.dynamicClientRegistration(
    new URL(server.issuer),
    { redirect_uris: [CALLBACK], client_name: 'Library', grant_types: ['authorization_code', 'refresh_token'] },
    client.ClientSecretBasic(),
    { execute: [client.allowInsecureRequests] },
  );
  expect(config.clientMetadata()).toMatchObject({ client_name: 'Library', redirect_uris: [CALLBACK] });
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid email offline_access',
    prompt: 'consent',
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  const visit = await follow(server, url, await newcomer(server));
  expect(visit.pages).toEqual(['sign-in', 'consent']);
  const tokens = await client.authorizationCodeGrant(config, visit.url, {
    pkceCodeVerifier,
    expectedState,
    expectedNonce,
    idTokenExpected: true,
  });
  const subject = tokens.claims()!.sub;
  expect((await client.fetchUserInfo(config, tokens.access_token, subject)).sub).toBe(subject);
  expect((await client.refreshTokenGrant(config, tokens.refresh_token!)).access_token).toBeTruthy();
});

it('registers a public client and runs the code flow with oauth4webapi', async () => {
  const options = { [oauth.allowInsecureRequests]: true };
  const issuer = new URL(server.issuer);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
  const registered = await oauth.processDynamicClientRegistrationResponse(
    await oauth.dynamicClientRegistrationRequest(
      as,
      { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', scope: 'openid profile' },
      options,
    ),
  );
  expect(registered).not.toHaveProperty('client_secret');
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(as.authorization_endpoint!);
  url.search = new URLSearchParams({
    client_id: registered.client_id,
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid profile',
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString();
  const visit = await follow(server, url, await newcomer(server));
  const parameters = oauth.validateAuthResponse(as, registered, visit.url, state);
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    registered,
    oauth.None(),
    parameters,
    CALLBACK,
    verifier,
    options,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(as, registered, response, { requireIdToken: true });
  expect(oauth.getValidatedIdTokenClaims(tokens)).toMatchObject({ iss: server.issuer, aud: registered.client_id });
});

it('registers with an initial access token where a library has one, which must be good', async () => {
  const options = { execute: [client.allowInsecureRequests], initialAccessToken: 'unknown' };
  const attempt = client.dynamicClientRegistration(
    new URL(server.issuer),
    { redirect_uris: [CALLBACK] },
    client.ClientSecretBasic(),
    options,
  );
  await expect(attempt).rejects.toMatchObject({ status: 401 });
});
