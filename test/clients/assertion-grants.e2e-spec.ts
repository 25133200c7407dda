// Assertions as grants, as applications with openid-client and oauth4webapi send them.
// @see RFC 7523 §2.1, https://github.com/panva/openid-client, https://github.com/panva/oauth4webapi
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { assertionOf, JWT_BEARER, makeAssertionKey } from '../support/assertions.js';
import { bootstrap } from '../support/fixtures.js';
import { introspect } from '../support/flow.js';
import { type RunningServer, startServer } from '../support/server.js';

const IDP = 'https://idp.example';
const key = makeAssertionKey('ES256', 'one');
const jwks = { keys: [key.publicJwk] };
const of = { grant_types: [JWT_BEARER], response_types: [], scope: 'read' };
const gateway = { ...of, client_id: 'gateway', client_secret: 'gateway-secret'.padEnd(40, '0') };
const robot = { ...of, client_id: 'robot', token_endpoint_auth_method: 'private_key_jwt', jwks };

let server: RunningServer;
beforeAll(async () => {
  const world = bootstrap();
  server = await startServer({
    bootstrap: { ...world, clients: [...world.clients, gateway, robot] },
    options: { assertionIssuers: { [IDP]: { jwks, subject: 'username' } } },
  });
}, 60_000);

it('openid-client exchanges an assertion of an issuer', async () => {
  const config = await client.discovery(
    new URL(server.issuer),
    gateway.client_id,
    undefined,
    client.ClientSecretBasic(gateway.client_secret),
    { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
  );
  const assertion = await assertionOf(server, IDP, key, { sub: 'alice' });
  const tokens = await client.genericGrantRequest(config, JWT_BEARER, { assertion, scope: 'read' });
  expect(tokens).toMatchObject({ scope: 'read', expires_in: 3600 });
  expect(await introspect(server, tokens.access_token)).toMatchObject({ active: true, client_id: 'gateway' });
  await expect(client.genericGrantRequest(config, JWT_BEARER, { assertion })).rejects.toMatchObject({
    error: 'invalid_grant',
    error_description: 'The assertion is not valid: it was used before.',
  });
});

it('oauth4webapi brings an assertion of the client alone', async () => {
  const insecure = { [oauth.allowInsecureRequests]: true };
  const issuer = new URL(server.issuer);
  const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
  const authorizationServer = await oauth.processDiscoveryResponse(issuer, discovered);
  expect(authorizationServer.grant_types_supported).toContain(JWT_BEARER);
  const application = { client_id: robot.client_id };
  const assertion = await assertionOf(server, robot.client_id, key);
  const response = await oauth.genericTokenEndpointRequest(
    authorizationServer,
    application,
    oauth.None(),
    JWT_BEARER,
    { assertion },
    insecure,
  );
  const tokens = await oauth.processGenericTokenEndpointResponse(authorizationServer, application, response);
  expect(await introspect(server, tokens.access_token)).toMatchObject({ active: true, sub: 'robot', scope: 'read' });
});
