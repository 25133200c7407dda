// Administration scopes go to users with the role admin and to machine clients registered for them, and end with both.
import { CLIENTS, USERS } from '../support/fixtures.js';
import { authorize, clientCredentials, introspect, obtainTokens, redeem, tokenRequest } from '../support/flow.js';
import { sharedServer } from '../support/server.js';
import { apiOf, createClient, createUser, type TestUser } from './api.js';

const server = sharedServer();
const api = apiOf(server);
const active = async (token: string): Promise<boolean> => (await introspect(server, token)).active;
const listUsers = async (token: string): Promise<number> => (await api('GET', '/api/users?limit=1', { token })).status;
const patch = (user: TestUser, body: object) => api('PATCH', `/api/users/${user.id}`, { body });

const SCOPE = 'users:read profile';
let console: Awaited<ReturnType<typeof createClient>>;

beforeAll(async () => {
  const grants = ['authorization_code', 'refresh_token', 'password', 'client_credentials'];
  console = await createClient(api, { scope: 'users:read users:write profile read', grant_types: grants });
});

describe('a user', () => {
  it('with the role admin administers with what an application was allowed, and no more', async () => {
    const { access_token, scope } = await obtainTokens(server, console, { scope: SCOPE }, { user: USERS.admin });
    expect(scope).toBe(SCOPE);
    expect(await listUsers(access_token)).toBe(200);
    const created = await api('POST', '/api/users', { token: access_token, body: { username: 'x' } });
    expect(created.status).toBe(403);
    expect(created.headers.get('www-authenticate')).toContain('scope="users:write"');
  });

  it('without the role gets no administration scope, neither by code nor by password', async () => {
    const user = await createUser(api, { roles: ['editor', 'Admin'] });
    const { params } = await authorize(server, { client_id: console.client_id, scope: SCOPE }, { user });
    expect(params).toMatchObject({ error: 'invalid_scope' });
    const { username, password } = user;
    const asked = { grant_type: 'password', username, password, scope: SCOPE };
    const response = await tokenRequest(server, console, asked);
    expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([400, 'invalid_scope']);
  });

  it('who loses the role loses what only administrators may have, at once, and keeps the rest', async () => {
    const user = await createUser(api, { roles: ['admin', 'editor'] });
    const pending = await authorize(server, { client_id: console.client_id, scope: SCOPE }, { user });
    const { access_token, refresh_token } = await obtainTokens(server, console, { scope: SCOPE }, { user });
    const ordinary = await obtainTokens(server, console, { scope: 'profile read' }, { user });
    expect(await listUsers(access_token)).toBe(200);

    expect((await patch(user, { roles: ['editor'] })).status).toBe(200);
    expect(await listUsers(access_token)).toBe(401);
    const refreshed = await tokenRequest(server, console, { grant_type: 'refresh_token', refresh_token });
    expect(refreshed.status).toBe(400);
    await expect(redeem(server, console, pending)).rejects.toThrow('invalid_grant');
    expect(await active(ordinary.access_token)).toBe(true);
    const account = await fetch(`${server.url}/account`, {
      headers: { cookie: ordinary.jar.header() },
      redirect: 'manual',
    });
    expect(account.status).toBe(200);

    // The role alone brings nothing of it back.
    await patch(user, { roles: ['admin'] });
    expect(await listUsers(access_token)).toBe(401);
  });

  it('keeps the access when something else of the account changes', async () => {
    const user = await createUser(api, { roles: ['admin'] });
    const { access_token } = await obtainTokens(server, console, { scope: SCOPE }, { user });
    await patch(user, { roles: ['editor', 'admin'], name: 'Other' });
    expect(await listUsers(access_token)).toBe(200);
  });

  it.each([
    ['disabled', 'POST', '/disable', undefined],
    ['given another password', 'PUT', '/password', { password: 'another password' }],
    ['deleted', 'DELETE', '', undefined],
  ])('who is %s loses it at once', async (_, method, path, body) => {
    const user = await createUser(api, { roles: ['admin'] });
    const { access_token } = await obtainTokens(server, console, { scope: SCOPE }, { user });
    expect(await listUsers(access_token)).toBe(200);
    await api(method, `/api/users/${user.id}${path}`, { body });
    expect(await listUsers(access_token)).toBe(401);
  });

  it('may take the role from themselves', async () => {
    const user = await createUser(api, { roles: ['admin'] });
    const { access_token } = await obtainTokens(server, console, { scope: 'users:write users:read' }, { user });
    const answer = await api('PATCH', `/api/users/${user.id}`, { token: access_token, body: { roles: [] } });
    expect([answer.status, answer.body.roles]).toEqual([200, []]);
    expect(await listUsers(access_token)).toBe(401);
  });
});

describe('a machine client', () => {
  const MACHINE = { grant_types: ['client_credentials'], skip_consent: undefined };

  it('registered for them gets them when it asks, and not by default', async () => {
    const client = await createClient(api, { ...MACHINE, scope: 'users:read read' });
    expect((await clientCredentials(server, client)).scope).toBe('read');
    const { access_token } = await clientCredentials(server, client, { scope: 'users:read' });
    expect(await listUsers(access_token)).toBe(200);
  });

  it('not registered for them does not', async () => {
    const asked = { grant_type: 'client_credentials', scope: 'users:read' };
    const response = await tokenRequest(server, CLIENTS.machine, asked);
    expect(((await response.json()) as { error: string }).error).toBe('invalid_scope');
  });

  it('that loses a scope loses what carries it, at once, and keeps the rest', async () => {
    const client = await createClient(api, { ...MACHINE, scope: 'users:read tokens:read read' });
    const [lost, kept, ordinary] = await Promise.all(
      ['users:read read', 'tokens:read', 'read'].map((scope) => clientCredentials(server, client, { scope })),
    );
    const path = `/api/clients/${client.client_id}`;
    expect((await api('PATCH', path, { body: { scope: 'tokens:read read' } })).status).toBe(200);
    expect(await Promise.all([lost, kept, ordinary].map((one) => active(one.access_token)))).toEqual([
      false,
      true,
      true,
    ]);
    const asked = { grant_type: 'client_credentials', scope: 'users:read' };
    expect((await tokenRequest(server, client, asked)).status).toBe(400);
  });

  it('with a token that is bound to a resource reaches nothing here', async () => {
    const identifier = 'https://administration.example';
    await api('POST', '/api/resources', { body: { identifier, scopes: ['users:read'] } });
    const { access_token } = await clientCredentials(server, CLIENTS.administrator, {
      scope: 'users:read',
      resource: identifier,
    });
    expect(await listUsers(access_token)).toBe(401);
  });
});
