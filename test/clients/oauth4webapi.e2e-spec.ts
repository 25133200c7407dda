// The flows of an application that uses oauth4webapi, which checks every response by the letter; and of a resource server
// that verifies JWT access tokens with it.
// @see https://github.com/panva/oauth4webapi
import * as oauth from 'oauth4webapi';
import { CLIENTS, RESOURCES } from '../support/fixtures.js';
import { type RunningServer, sharedServer, startServer } from '../support/server.js';
import { follow, newcomer } from './browser.js';

const server = sharedServer();
const { api, machine, machineJwt, post, spa, web } = CLIENTS;
const HTTP = { [oauth.allowInsecureRequests]: true };
const API = RESOURCES.jwt.identifier;

async function discover(issuer: string = server.issuer): Promise<oauth.AuthorizationServer> {
  const url = new URL(issuer);
  const response = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...HTTP });
  return oauth.processDiscoveryResponse(url, response);
}

interface Flow {
  as: oauth.AuthorizationServer;
  client: oauth.Client;
  authentication: oauth.ClientAuth;
  redirectUri: string;
}

/** An authorization request of this flow, and what the browser brings back. */
async function authorizeWith(flow: Flow, parameters: Record<string, string>, options = {}) {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(flow.as.authorization_endpoint!);
  url.search = new URLSearchParams({
    client_id: flow.client.client_id,
    response_type: 'code',
    redirect_uri: flow.redirectUri,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...parameters,
  }).toString();
  return { ...(await follow(server, url, options)), verifier, state };
}

async function redeem(
  flow: Flow,
  { url, verifier, state }: { url: URL | URLSearchParams; verifier: string; state: string },
): Promise<oauth.TokenEndpointResponse> {
  const params = oauth.validateAuthResponse(flow.as, flow.client, url, state);
  const response = await oauth.authorizationCodeGrantRequest(
    flow.as, flow.client, flow.authentication, params, flow.redirectUri, verifier, HTTP,
  ); // prettier-ignore
  return oauth.processAuthorizationCodeResponse(flow.as, flow.client, response);
}

describe.each([
  ['client_secret_basic', web, oauth.ClientSecretBasic(web.client_secret)],
  ['client_secret_post', post, oauth.ClientSecretPost(post.client_secret)],
  ['none', spa, oauth.None()],
] as const)('a client with %s', (_, registered, authentication) => {
  let flow: Flow;
  beforeAll(async () => {
    const client = { client_id: registered.client_id };
    flow = { as: await discover(), client, authentication, redirectUri: registered.redirect_uris[0] };
  });

  it('gets tokens for a code, with PKCE, state and iss', async () => {
    const answer = await authorizeWith(flow, { scope: 'profile read' }, await newcomer(server));
    const tokens = await redeem(flow, answer);
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'profile read', expires_in: 3600 });
    const url = new URL(`${server.issuer}/api/me`);
    const response = await oauth.protectedResourceRequest(tokens.access_token, 'GET', url, undefined, null, HTTP);
    expect(response.status).toBe(200);
  });

  it('gets the response by form_post', async () => {
    const answer = await authorizeWith(flow, { scope: 'read', response_mode: 'form_post' });
    const posted = new URLSearchParams(await answer.request.text());
    expect((await redeem(flow, { ...answer, url: posted })).scope).toBe('read');
  });

  it('refuses a response of another issuer, without one, or with another state', async () => {
    const answer = await authorizeWith(flow, { scope: 'read' });
    const validate = (url: URL, state = answer.state): URLSearchParams =>
      oauth.validateAuthResponse(flow.as, flow.client, url, state);
    const mixedUp = new URL(answer.url);
    mixedUp.searchParams.set('iss', 'https://attacker.example');
    const without = new URL(answer.url);
    without.searchParams.delete('iss');
    expect(() => validate(mixedUp)).toThrow();
    expect(() => validate(without)).toThrow();
    expect(() => validate(answer.url, 'another')).toThrow();
    expect(validate(answer.url).get('code')).toBeTruthy();
  });

  it('reads an error response', async () => {
    const answer = await authorizeWith(flow, { scope: 'everything' });
    expect(() => oauth.validateAuthResponse(flow.as, flow.client, answer.url, answer.state)).toThrow(
      expect.objectContaining({ error: 'invalid_scope' }),
    );
  });

  it('refreshes and revokes', async () => {
    const tokens = await redeem(flow, await authorizeWith(flow, { scope: 'read' }));
    const { as, client } = flow;
    const response = await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token!, HTTP);
    const second = await oauth.processRefreshTokenResponse(as, client, response);
    expect(second).toMatchObject({ scope: 'read', refresh_token: expect.any(String) });
    const revoked = await oauth.revocationRequest(as, client, authentication, second.refresh_token!, HTTP);
    expect(await oauth.processRevocationResponse(revoked)).toBeUndefined();
    const refused = await oauth.refreshTokenGrantRequest(as, client, authentication, second.refresh_token!, HTTP);
    await expect(oauth.processRefreshTokenResponse(as, client, refused)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('reads the error of a code that was used before', async () => {
    const answer = await authorizeWith(flow, { scope: 'read' });
    await redeem(flow, answer);
    await expect(redeem(flow, answer)).rejects.toMatchObject({ error: 'invalid_grant', status: 400 });
  });
});

describe('a machine', () => {
  const client = { client_id: machine.client_id };
  const authentication = oauth.ClientSecretBasic(machine.client_secret);

  it('gets a token, which a resource server introspects', async () => {
    const as = await discover();
    const asked = await oauth.clientCredentialsGrantRequest(as, client, authentication, { scope: 'read' }, HTTP);
    const tokens = await oauth.processClientCredentialsResponse(as, client, asked);
    const resourceServer = { client_id: api.client_id };
    const response = await oauth.introspectionRequest(
      as, resourceServer, oauth.ClientSecretBasic(api.client_secret), tokens.access_token, HTTP,
    ); // prettier-ignore
    const answer = await oauth.processIntrospectionResponse(as, resourceServer, response);
    expect(answer).toMatchObject({ active: true, client_id: machine.client_id, scope: 'read', iss: server.issuer });
  });

  it('reads the challenge of a wrong secret', async () => {
    const as = await discover();
    const wrong = oauth.ClientSecretBasic('wrong'.padEnd(40, '0'));
    const asked = await oauth.clientCredentialsGrantRequest(as, client, wrong, {}, HTTP);
    await expect(oauth.processClientCredentialsResponse(as, client, asked)).rejects.toMatchObject({
      cause: [expect.objectContaining({ scheme: 'basic' })],
    });
  });
});

describe('a resource server that verifies JWT access tokens by itself (RFC 9068 §4)', () => {
  let as: oauth.AuthorizationServer;
  let token: string;
  const validate = (accessToken: string, audience: string): Promise<oauth.JWTAccessTokenClaims> => {
    const request = new Request('https://api.example.com/things', {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    return oauth.validateJwtAccessToken(as, request, audience, HTTP);
  };
  beforeAll(async () => {
    as = await discover();
    const client = { client_id: machineJwt.client_id };
    const authentication = oauth.ClientSecretBasic(machineJwt.client_secret);
    const asked = await oauth.clientCredentialsGrantRequest(
      as,
      client,
      authentication,
      { scope: 'read', resource: API },
      HTTP,
    );
    token = (await oauth.processClientCredentialsResponse(as, client, asked)).access_token;
  });

  it('takes one that is meant for it', async () => {
    expect(await validate(token, API)).toMatchObject({
      iss: server.issuer,
      client_id: machineJwt.client_id,
      scope: 'read',
    });
  });

  it('refuses one that is meant for another', async () => {
    await expect(validate(token, 'https://other.example.com')).rejects.toThrow();
  });
});

describe('a public client', () => {
  it('cannot introspect', async () => {
    const as = await discover();
    const client = { client_id: spa.client_id };
    const response = await oauth.introspectionRequest(as, client, oauth.None(), 'unknown', HTTP);
    await expect(oauth.processIntrospectionResponse(as, client, response)).rejects.toThrow();
    expect(response.status).toBe(401);
  });
});

describe('an issuer with a path', () => {
  let tenant: RunningServer;
  beforeAll(async () => {
    tenant = await startServer({
      env: { ISSUER: 'http://localhost:$PORT/tenants/a' },
      bootstrap: { clients: [machine] },
    });
  });

  it('is discovered, and gives tokens', async () => {
    const as = await discover(tenant.issuer);
    expect(as.issuer).toBe(tenant.issuer);
    const client = { client_id: machine.client_id };
    const asked = await oauth.clientCredentialsGrantRequest(
      as, client, oauth.ClientSecretBasic(machine.client_secret), {}, HTTP,
    ); // prettier-ignore
    expect((await oauth.processClientCredentialsResponse(as, client, asked)).access_token).toBeTruthy();
  });
});
