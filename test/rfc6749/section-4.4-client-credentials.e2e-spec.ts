// The client credentials grant: a confidential client acts for itself.
// @see RFC 6749 §4.4 https://www.rfc-editor.org/rfc/rfc6749#section-4.4
import { administer, createClient } from '../support/clients.js';
import { CLIENTS } from '../support/fixtures.js';
import { clientCredentials, introspect, me, revoke, tokenRequest } from '../support/flow.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { machine, spa, web, api } = CLIENTS;
const MACHINE = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [], skip_consent: undefined };

it('gives an access token and no refresh token, even to a client registered for one (§4.4.3)', async () => {
  const both = await createClient(server, { ...MACHINE, grant_types: ['client_credentials', 'refresh_token'] });
  for (const client of [machine, both]) {
    const tokens = await clientCredentials(server, client, { scope: 'read' });
    expect(Object.keys(tokens).sort()).toEqual(['access_token', 'expires_in', 'scope', 'token_type']);
  }
});

it('gives a token whose subject is the client, and that stands for no user (§4.4, RFC 7662 §2.2)', async () => {
  const { access_token } = await clientCredentials(server, machine, { scope: 'read' });
  const description = await introspect(server, access_token);
  expect(description).toMatchObject({
    active: true,
    sub: machine.client_id,
    client_id: machine.client_id,
    scope: 'read',
  });
  expect(description).not.toHaveProperty('username');
});

it('gives a token without a user, which has no place where a user is needed (interface)', async () => {
  const client = await createClient(server, { ...MACHINE, scope: 'profile' });
  const { access_token } = await clientCredentials(server, client, { scope: 'profile' });
  const response = await me(server, access_token);
  expect(response.status).toBe(403);
  expect(response.headers.get('www-authenticate')).toMatch(/^Bearer .*error="insufficient_scope"/);
});

it('is never for public clients, which cannot even be registered for it (§4.4)', async () => {
  const response = await tokenRequest(server, spa, { grant_type: 'client_credentials' });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: 'unauthorized_client' });
  const metadata = { ...MACHINE, token_endpoint_auth_method: 'none' };
  expect((await administer(server, 'POST', '/api/clients', metadata)).status).toBe(400);
});

it.each([web, api])('is not for clients that are not registered for it: $client_id (§5.2)', async (client) => {
  const response = await tokenRequest(server, client, { grant_type: 'client_credentials' });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: 'unauthorized_client' });
});

it.each(['openid', 'offline_access'])('has no use for scope that needs a user: %s (§5.2)', async (scope) => {
  const client = await createClient(server, { ...MACHINE, scope: 'openid offline_access read' });
  const response = await tokenRequest(server, client, { grant_type: 'client_credentials', scope });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: 'invalid_scope' });
  expect((await clientCredentials(server, client)).scope).toBe('read');
});

it('revokes one token without the others (RFC 7009 §2.1)', async () => {
  const [one, two] = [await clientCredentials(server), await clientCredentials(server)];
  await revoke(server, machine, one.access_token);
  expect((await introspect(server, one.access_token)).active).toBe(false);
  expect((await introspect(server, two.access_token)).active).toBe(true);
});

it('ends with the client: disabled, its tokens are dead; enabled again, it gets new ones', async () => {
  const client = await createClient(server, { ...MACHINE, scope: 'read' });
  const { access_token } = await clientCredentials(server, client);
  await administer(server, 'POST', `/api/clients/${client.client_id}/disable`);
  expect((await introspect(server, access_token)).active).toBe(false);
  await administer(server, 'POST', `/api/clients/${client.client_id}/enable`);
  expect((await introspect(server, access_token)).active).toBe(false);
  const again = await clientCredentials(server, client);
  expect((await introspect(server, again.access_token)).active).toBe(true);
});

it('gives 30 tokens at once, each of them good and different', async () => {
  const client = await createClient(server, { ...MACHINE, scope: 'read' });
  const tokens = await Promise.all(Array.from({ length: 30 }, () => clientCredentials(server, client)));
  expect(new Set(tokens.map(({ access_token }) => access_token)).size).toBe(30);
  const active = await Promise.all(tokens.map(({ access_token }) => introspect(server, access_token)));
  expect(active.filter((one) => one.active)).toHaveLength(30);
});
