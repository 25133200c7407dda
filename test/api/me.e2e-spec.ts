// The sample protected resource, and what a guarded resource answers to tokens that it cannot take.
// @see RFC 6750 §3 https://www.rfc-editor.org/rfc/rfc6750#section-3
import { CLIENTS, USERS } from '../support/fixtures.js';
import { clientCredentials, obtainTokens } from '../support/flow.js';
import { sharedServer } from '../support/server.js';
import { apiOf, createClient, createUser } from './api.js';

const server = sharedServer();
const api = apiOf(server);
const me = (token: string | null) => api('GET', '/api/me', { token });

describe('GET /api/me', () => {
  it('tells id and user name of the token’s user, and nothing else', async () => {
    const { access_token } = await obtainTokens(server, CLIENTS.web, { scope: 'profile' });
    const { status, headers, body } = await me(access_token);
    expect(status).toBe(200);
    expect(body).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), username: USERS.alice.username });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('asks for a token without saying anything about an error (§3.1)', async () => {
    const { status, headers, body } = await me(null);
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="api"');
    expect(body).not.toHaveProperty('error');
  });

  it('refuses an unknown token as invalid_token (§3.1)', async () => {
    const { status, headers, body } = await me('unknown');
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toMatch(/^Bearer realm="api", error="invalid_token"/);
    expect(body.error).toBe('invalid_token');
  });

  it('refuses a token without the scope, and names the scope (§3.1)', async () => {
    const { access_token } = await obtainTokens(server, CLIENTS.web, { scope: 'read' });
    const { status, headers, body } = await me(access_token);
    expect(status).toBe(403);
    expect(headers.get('www-authenticate')).toMatch(/error="insufficient_scope".*, scope="profile"$/);
    expect(body.error).toBe('insufficient_scope');
  });

  it('refuses a token without a user: its privileges do not suffice (§3.1)', async () => {
    const client = await createClient(api, { grant_types: ['client_credentials'], scope: 'profile' });
    const { access_token } = await clientCredentials(server, client);
    const { status, headers, body } = await me(access_token);
    expect(status).toBe(403);
    expect(headers.get('www-authenticate')).toBe(
      'Bearer realm="api", error="insufficient_scope", error_description="The access token does not belong to a user."',
    );
    expect(body).toEqual({
      error: 'insufficient_scope',
      error_description: 'The access token does not belong to a user.',
    });
  });

  it.each(['https://api.example.com', 'https://files.example.com'])(
    'refuses a token that is bound to the resource %s',
    async (resource) => {
      const { access_token } = await obtainTokens(server, CLIENTS.web, { scope: 'profile', resource });
      const { status, headers } = await me(access_token);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
    },
  );

  it('takes a JWT that is bound to no resource', async () => {
    const { access_token } = await obtainTokens(server, CLIENTS.webJwt, { scope: 'profile' });
    expect((await me(access_token)).status).toBe(200);
  });

  it('refuses the token of a user who was deleted, at once', async () => {
    const user = await createUser(api);
    const { access_token } = await obtainTokens(server, CLIENTS.trusted, { scope: 'profile' }, { user });
    expect((await me(access_token)).status).toBe(200);
    expect((await api('DELETE', `/api/users/${user.id}`)).status).toBe(204);
    expect((await me(access_token)).status).toBe(401);
  });

  it('is not reached by the session of a browser', async () => {
    const { jar } = await obtainTokens(server, CLIENTS.web, { scope: 'profile' });
    const { status } = await api('GET', '/api/me', { token: null, headers: { cookie: jar.header() } });
    expect(status).toBe(401);
  });
});
