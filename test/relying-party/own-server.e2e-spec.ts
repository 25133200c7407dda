// Calls and tokens of the relying party against this server.
import { makeAssertionKey } from '../support/assertions.js';
import { createClient } from '../support/clients.js';
import { CALLBACK, CLIENTS, USERS } from '../support/fixtures.js';
import { obtainTokens } from '../support/flow.js';
import { sharedServer } from '../support/server.js';
import type { OAuthClientError } from '../../src/relying-party/oauth-client-error.js';
import type { OAuth2Client } from '../../src/relying-party/oauth2-client.js';
import type { OAuthClientOptions } from '../../src/relying-party/oauth-client.options.js';
import type { OAuthToken } from '../../src/relying-party/oauth-token.js';
import { clientOf, failureOf } from './plain-client.js';

const server = sharedServer();

const clientWith = (options: OAuthClientOptions): OAuth2Client =>
  clientOf({ serverMetadataUrl: server.issuer, apiBaseUrl: `${server.issuer}/api`, ...options }, 'own').client;
const web = (options: OAuthClientOptions = {}): OAuth2Client =>
  clientWith({ clientId: CLIENTS.web.client_id, clientSecret: CLIENTS.web.client_secret, ...options });

async function tokenOf(scope = 'openid profile offline_access'): Promise<OAuthToken> {
  const { jar: _, ...token } = await obtainTokens(server, CLIENTS.web, { scope, prompt: 'consent' });
  return { ...token, expires_at: Math.floor(Date.now() / 1000) + token.expires_in };
}

it('a call has the token of the user, and a new one when it has ended', async () => {
  let token: OAuthToken = { ...(await tokenOf()), expires_at: 1 };
  const client = web({ fetchToken: () => token, updateToken: (renewed) => void (token = renewed) });
  const old = token;
  const responses = await Promise.all(Array.from({ length: 10 }, () => client.get('me')));
  expect(responses.map(({ status }) => status)).toEqual(Array<number>(10).fill(200));
  expect(await responses[0].json()).toMatchObject({ username: USERS.alice.username });
  expect(token.access_token).not.toBe(old.access_token);
  expect(token.refresh_token).not.toBe(old.refresh_token);
  expect(token.expires_at).toBeGreaterThan(Date.now() / 1000);
});

it('a renewed ID token is verified, and about the same user', async () => {
  const token = await tokenOf();
  const { sub } = await web().userinfo(token);
  const renewed = await web().refreshToken({ ...token, userinfo: { sub } });
  expect(renewed.userinfo).toMatchObject({ sub, iss: server.issuer, aud: CLIENTS.web.client_id });
});

it('a token that was revoked is not active any more, and cannot be renewed', async () => {
  const token = await tokenOf();
  const client = web();
  expect(await client.introspectToken(token)).toMatchObject({ active: true });
  await client.revokeToken(token);
  expect(await client.introspectToken(token)).toEqual({ active: false });
  const error = (await failureOf(client.refreshToken(token))) as OAuthClientError;
  expect(error).toMatchObject({ name: 'OAuthClientError', code: 'invalid_grant', status: 400 });
});

it('userinfo is of the user of the token, signed where the client is registered so', async () => {
  const signed = await createClient(server, {
    redirect_uris: [CALLBACK],
    userinfo_signed_response_alg: 'RS256',
  });
  const tokens = await obtainTokens(server, signed, { scope: 'openid profile' });
  const client = clientWith({ clientId: signed.client_id, clientSecret: signed.client_secret });
  const userinfo = await client.userinfo(tokens);
  expect(userinfo).toMatchObject({ name: USERS.alice.name, iss: server.issuer, aud: signed.client_id });
  expect(await web().userinfo(await tokenOf())).toMatchObject({ sub: userinfo.sub });
});

it('the application has tokens of its own, by its secret and by its key', async () => {
  const { client_id: clientId, client_secret: clientSecret } = CLIENTS.machine;
  const machine = clientWith({ clientId, clientSecret });
  expect(await machine.introspectToken(await machine.clientCredentials())).toMatchObject({
    active: true,
    sub: clientId,
  });

  const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  const key = makeAssertionKey('ES256', 'own');
  const robot = await createClient(server, {
    grant_types: ['client_credentials', JWT_BEARER],
    response_types: [],
    redirect_uris: [],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [key.publicJwk] },
  });
  const privateKey = { ...key.privateKey.export({ format: 'jwk' }), kid: 'own' } as OAuthClientOptions['privateKey'];
  const client = clientWith({ clientId: robot.client_id, privateKey });
  for (const token of [await client.clientCredentials(), await client.assertionToken({ scope: 'read' })])
    expect(await client.introspectToken(token)).toMatchObject({ active: true, client_id: robot.client_id });
});
