// Tokens and grants over the administration API.
import { createHash } from 'node:crypto';
import { CLIENTS } from '../support/fixtures.js';
import { clientCredentials, introspect, obtainTokens, tokenRequest } from '../support/flow.js';
import { sharedServer } from '../support/server.js';
import { apiOf, createClient, createUser, faultsOf } from './api.js';

const server = sharedServer();
const api = apiOf(server);
const active = async (token: string): Promise<boolean> => (await introspect(server, token)).active;

interface Item {
  id: string;
  type: string;
  grant_id: string;
  [member: string]: unknown;
}

const list = async (path: string): Promise<Item[]> => (await api('GET', path)).body.items;

describe('GET /api/tokens', () => {
  it('lists the live tokens of a user, to whatever client', async () => {
    const user = await createUser(api);
    const before = Math.floor(Date.now() / 1000);
    await obtainTokens(server, CLIENTS.spa, { scope: 'profile read' }, { user });
    await obtainTokens(server, CLIENTS.web, { scope: 'read', resource: 'https://api.example.com' }, { user });
    const items = await list(`/api/tokens?user_id=${user.id}`);
    expect(items.map(({ type, client_id }) => `${type} ${String(client_id)}`).sort()).toEqual([
      'access_token spa',
      'access_token web',
      'refresh_token spa',
      'refresh_token web',
    ]);
    const access = items.find(({ type, client_id }) => type === 'access_token' && client_id === 'web');
    expect(access).toEqual({
      id: expect.stringMatching(/^[A-Za-z0-9_-]{48}$/),
      type: 'access_token',
      grant_id: expect.stringMatching(/^\d+$/),
      client_id: 'web',
      user_id: user.id,
      scope: 'read',
      resources: ['https://api.example.com'],
      issued_at: expect.any(Number),
      expires_at: expect.any(Number),
    });
    expect(access?.issued_at).toBeGreaterThanOrEqual(before - 1);
    expect((access?.expires_at as number) - (access?.issued_at as number)).toBe(3600);
  });

  it('lists those of a client, with a link to the next page', async () => {
    const client = await createClient(api, { grant_types: ['client_credentials'], scope: 'read' });
    for (let n = 0; n < 5; n++) await clientCredentials(server, client);
    const seen: string[] = [];
    for (let after = ''; ;) {
      const { headers, body } = await api('GET', `/api/tokens?client_id=${client.client_id}&limit=2${after}`);
      seen.push(...body.items.map(({ id }: Item) => id));
      if (!body.next) break;
      expect(headers.get('link')).toContain(`after=${body.next}`);
      after = `&after=${body.next}`;
      // Revoking what was listed takes nothing out of the next page.
      await api('DELETE', `/api/tokens/${seen.at(-1)}`);
    }
    expect(new Set(seen).size).toBe(5);
  });

  it('names tokens without giving them away: an id is no credential, nor its hash', async () => {
    const user = await createUser(api);
    const tokens = await obtainTokens(server, CLIENTS.spa, { scope: 'profile' }, { user });
    const text = JSON.stringify(await list(`/api/tokens?user_id=${user.id}`));
    for (const token of [tokens.access_token, tokens.refresh_token!]) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(token.slice(6));
    }
    for (const { id } of JSON.parse(text) as Item[]) {
      expect(await active(id)).toBe(false);
      expect((await api('GET', '/api/me', { token: id })).status).toBe(401);
      expect((await api('GET', '/api/me', { token: createHash('sha256').update(id).digest('base64url') })).status).toBe(
        401,
      );
      const refreshed = await tokenRequest(server, CLIENTS.spa, { grant_type: 'refresh_token', refresh_token: id });
      expect(refreshed.status).toBe(400);
    }
  });

  it('leaves out a refresh token that was replaced', async () => {
    const user = await createUser(api);
    const { refresh_token } = await obtainTokens(server, CLIENTS.spa, { scope: 'profile' }, { user });
    await tokenRequest(server, CLIENTS.spa, { grant_type: 'refresh_token', refresh_token });
    const items = await list(`/api/tokens?user_id=${user.id}`);
    expect(items.map(({ type }) => type).sort()).toEqual(['access_token', 'access_token', 'refresh_token']);
  });

  it('is empty for who has none, or is unknown', async () => {
    const user = await createUser(api);
    for (const path of [`user_id=${user.id}`, 'client_id=unknown', 'user_id=00000000-0000-0000-0000-000000000000']) {
      expect(await list(`/api/tokens?${path}`)).toEqual([]);
      expect(await list(`/api/grants?${path}`)).toEqual([]);
    }
  });

  it.each(['tokens', 'grants'])('refuses to list the %s of everybody, or of nobody', async (what) => {
    for (const [search, member] of [
      ['', 'user_id'],
      [`?user_id=${'x'.repeat(300)}`, 'user_id'],
      [`?client_id=${'x'.repeat(300)}`, 'client_id'],
      ['?client_id=web&client_id=spa', 'client_id'],
      ['?client_id=web&limit=0', 'limit'],
      ['?client_id=web&after=x', 'after'],
      ['?client_id=web&after=WzllMzBd', 'after'],
      ['?client_id=%00', 'client_id'],
      ['?client=web', 'client'],
    ]) {
      const answer = await api('GET', `/api/${what}${search}`);
      expect([search, answer.status, answer.body.error]).toEqual([search, 400, 'invalid_request']);
      expect(faultsOf(answer)).toEqual([member]);
    }
  });
});

describe('DELETE /api/tokens/:token_id', () => {
  it('ends an access token alone', async () => {
    const user = await createUser(api);
    const { access_token, refresh_token } = await obtainTokens(server, CLIENTS.spa, { scope: 'read' }, { user });
    const [one] = (await list(`/api/tokens?user_id=${user.id}`)).filter(({ type }) => type === 'access_token');
    expect(await active(access_token)).toBe(true);
    expect((await api('DELETE', `/api/tokens/${one.id}`)).status).toBe(204);
    expect(await active(access_token)).toBe(false);
    expect((await tokenRequest(server, CLIENTS.spa, { grant_type: 'refresh_token', refresh_token })).status).toBe(200);
  });

  it('ends a JWT as well', async () => {
    const user = await createUser(api);
    const { access_token } = await obtainTokens(server, CLIENTS.webJwt, { scope: 'read' }, { user });
    const [one] = (await list(`/api/tokens?user_id=${user.id}`)).filter(({ type }) => type === 'access_token');
    expect((await api('DELETE', `/api/tokens/${one.id}`)).status).toBe(204);
    expect(await active(access_token)).toBe(false);
  });

  it('ends a refresh token with its whole grant', async () => {
    const user = await createUser(api);
    const { access_token, refresh_token } = await obtainTokens(server, CLIENTS.spa, { scope: 'read' }, { user });
    const [one] = (await list(`/api/tokens?user_id=${user.id}`)).filter(({ type }) => type === 'refresh_token');
    expect((await api('DELETE', `/api/tokens/${one.id}`)).status).toBe(204);
    expect(await active(access_token)).toBe(false);
    expect((await tokenRequest(server, CLIENTS.spa, { grant_type: 'refresh_token', refresh_token })).status).toBe(400);
    expect(await list(`/api/tokens?user_id=${user.id}`)).toEqual([]);
  });

  it('finds a token once', async () => {
    const user = await createUser(api);
    await obtainTokens(server, CLIENTS.spa, { scope: 'read' }, { user });
    const items = await list(`/api/tokens?user_id=${user.id}`);
    for (const { id } of items.sort((a, b) => a.type.localeCompare(b.type))) {
      expect((await api('DELETE', `/api/tokens/${id}`)).status).toBe(204);
      expect((await api('DELETE', `/api/tokens/${id}`)).status).toBe(404);
    }
  });

  it.each(['x', 'A'.repeat(48), 'A'.repeat(4000), '%20', '%F0%9F%98%80'])('does not find %s', async (id) => {
    const { status, body } = await api('DELETE', `/api/tokens/${id}`);
    expect([status, body.error]).toEqual([404, 'not_found']);
  });
});

describe('/api/grants', () => {
  it('lists what a user allowed, newest first, with the number of live tokens', async () => {
    const user = await createUser(api);
    await obtainTokens(server, CLIENTS.spa, { scope: 'profile read' }, { user });
    const { refresh_token } = await obtainTokens(server, CLIENTS.web, { scope: 'read' }, { user });
    await tokenRequest(server, CLIENTS.web, { grant_type: 'refresh_token', refresh_token });
    const items = await list(`/api/grants?user_id=${user.id}`);
    expect(items).toEqual([
      expect.objectContaining({ client_id: 'web', scope: 'read', access_tokens: 2, refresh_tokens: 1 }),
      {
        id: expect.stringMatching(/^\d+$/),
        client_id: 'spa',
        user_id: user.id,
        scope: 'profile read',
        resources: [],
        created_at: expect.any(Number),
        expires_at: expect.any(Number),
        access_tokens: 1,
        refresh_tokens: 1,
      },
    ]);
    const first = await api('GET', `/api/grants?user_id=${user.id}&limit=1`);
    const second = await api('GET', `/api/grants?user_id=${user.id}&limit=1&after=${first.body.next}`);
    expect([first.body.items, second.body.items].flat()).toEqual(items);
    expect(second.body.next).toBeUndefined();
    expect(await list(`/api/grants?user_id=${user.id}&client_id=spa`)).toEqual([items[1]]);
  });

  it('ends a whole grant, once, and no other one', async () => {
    const user = await createUser(api);
    const one = await obtainTokens(server, CLIENTS.spa, { scope: 'profile' }, { user });
    const other = await obtainTokens(server, CLIENTS.spa, { scope: 'profile' }, { user });
    const [, { id }] = await list(`/api/grants?user_id=${user.id}`);
    expect((await api('DELETE', `/api/grants/${id}`)).status).toBe(204);
    expect([await active(one.access_token), await active(other.access_token)]).toEqual([false, true]);
    const { refresh_token } = one;
    expect((await tokenRequest(server, CLIENTS.spa, { grant_type: 'refresh_token', refresh_token })).status).toBe(400);
    expect((await api('DELETE', `/api/grants/${id}`)).status).toBe(404);
  });

  it('ends what a machine was given', async () => {
    const client = await createClient(api, { grant_types: ['client_credentials'], scope: 'read' });
    const { access_token } = await clientCredentials(server, client);
    const [{ id, user_id }] = await list(`/api/grants?client_id=${client.client_id}`);
    expect(user_id).toBeUndefined();
    expect((await api('DELETE', `/api/grants/${id}`)).status).toBe(204);
    expect(await active(access_token)).toBe(false);
    expect(await active((await clientCredentials(server, client)).access_token)).toBe(true);
  });

  it.each(['x', '0', '-1', '1.5', '99999999999999999999999999', '%20'])('does not find %s', async (id) => {
    const { status, body } = await api('DELETE', `/api/grants/${id}`);
    expect([status, body.error]).toEqual([404, 'not_found']);
  });
});
