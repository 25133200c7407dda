// Accounts over the administration API.
import { query } from '../support/database.js';
import { CLIENTS } from '../support/fixtures.js';
import { introspect, obtainTokens, signIn, tokenRequest } from '../support/flow.js';
import { sharedServer, startServer } from '../support/server.js';
import { bootstrap } from '../support/fixtures.js';
import { apiOf, createUser, faultsOf, unique } from './api.js';

const server = sharedServer();
const api = apiOf(server);

describe('POST /api/users', () => {
  it('creates an account with claims and roles, who can sign in', async () => {
    const username = unique('New');
    const body = {
      username,
      password: 'a good password',
      email: `${username}@example.com`,
      email_verified: true,
      roles: ['editor'],
      name: 'New Person',
      address: { country: 'NZ' },
    };
    const created = await api('POST', '/api/users', { body });
    expect(created.status).toBe(201);
    const { password: _, ...shown } = body;
    const now = Math.floor(Date.now() / 1000);
    expect(created.body).toEqual({
      id: expect.any(String),
      ...shown,
      disabled: false,
      created_at: expect.any(Number),
      updated_at: expect.any(Number),
    });
    expect(Math.abs(created.body.created_at - now)).toBeLessThan(60);
    expect(created.headers.get('location')).toBe(`${server.issuer}/api/users/${created.body.id}`);
    expect(created.headers.get('cache-control')).toBe('no-store');
    expect((await api('GET', `/api/users/${created.body.id}`)).body).toEqual(created.body);
    await signIn(server, body);
  });

  it('never shows a password or its hash', async () => {
    const { id } = await createUser(api);
    const { body } = await api('GET', `/api/users/${id}`);
    expect(JSON.stringify(body)).not.toMatch(/password|argon2/);
  });

  it('names every member that it cannot take, at once', async () => {
    const body = {
      username: 'a@b',
      password: 'short',
      email: 'nobody',
      email_verified: 'yes',
      roles: 'admin',
      shoe: 42,
    };
    const answer = await api('POST', '/api/users', { body });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toBe('invalid_request');
    expect(faultsOf(answer).sort()).toEqual(['email', 'email_verified', 'password', 'roles', 'shoe', 'username']);
  });

  it.each([['id'], ['disabled'], ['created_at'], ['password_hash'], ['toString']])(
    'refuses the member %s, which is not the caller’s to set',
    async (member) => {
      const answer = await api('POST', '/api/users', { body: { username: unique('user'), [member]: true } });
      expect(answer.status).toBe(400);
      expect(faultsOf(answer)).toEqual([member]);
    },
  );

  it('refuses a name that is taken, also in other letters, as a conflict', async () => {
    const { username } = await createUser(api);
    const answer = await api('POST', '/api/users', { body: { username: username.toUpperCase() } });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      error: 'conflict',
      faults: [{ member: 'username', problem: 'is already taken' }],
    });
  });

  it('gives one of many who ask at once for the same name what they want', async () => {
    const username = unique('race');
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => api('POST', '/api/users', { body: { username } })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(11).fill(409)]);
  });
});

describe('GET /api/users', () => {
  it('lists a page at a time, with a link to the next one, and misses nobody who stays', async () => {
    const prefix = unique('list');
    const names = Array.from({ length: 7 }, (_, n) => `${prefix}-${n}`);
    for (const username of names) await createUser(api, { username });
    const seen: string[] = [];
    let path: string | undefined = `/api/users?search=${prefix}&limit=3`;
    for (let page = 0; path; page++) {
      const { status, headers, body } = await api('GET', path);
      expect(status).toBe(200);
      seen.push(...body.items.map(({ username }: { username: string }) => username));
      const link = /^<(.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
      expect(link === undefined).toBe(body.next === undefined);
      if (link) expect(new URL(link).searchParams.get('after')).toBe(body.next);
      path = link?.replace(server.issuer, '');
      // The last one of the page goes; the next page begins where it was.
      if (page === 0) expect((await api('DELETE', `/api/users/${body.items[2].id}`)).status).toBe(204);
    }
    expect(seen).toEqual(names);
  });

  it('finds by parts of the name and the address, whatever the letters', async () => {
    const name = unique('needle');
    const { id } = await createUser(api, { email: `${name}@Example.com` });
    const { body } = await api('GET', `/api/users?search=${name.toUpperCase()}%40eXample`);
    expect(body.items.map((user: { id: string }) => user.id)).toEqual([id]);
    expect(body.next).toBeUndefined();
  });

  it('takes a search literally', async () => {
    const { body } = await api('GET', `/api/users?search=${encodeURIComponent("%_' OR 1=1 --")}`);
    expect(body).toEqual({ items: [] });
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=99999999999999999999',
    'limit=1e2',
    'limit=-1',
    'limit=',
    'limit=1&limit=2',
    'after=',
    'after=x',
    'after=WyJcdTAwMDAiXQ',
    'after=WzFd',
    'search=%00',
    `search=${'x'.repeat(300)}`,
    'page=2',
  ])('refuses the query %s', async (search) => {
    const answer = await api('GET', `/api/users?${search}`);
    expect(answer.status).toBe(400);
    expect(faultsOf(answer)).toHaveLength(1);
  });
});

describe('PATCH /api/users/:user_id', () => {
  it('changes what it names and leaves the rest', async () => {
    const { id } = await createUser(api, { email: `${unique('x')}@example.com`, name: 'Before', locale: 'en' });
    const { body: before } = await api('GET', `/api/users/${id}`);
    const { status, body } = await api('PATCH', `/api/users/${id}`, { body: { name: 'After', email_verified: true } });
    expect(status).toBe(200);
    expect(body).toEqual({ ...before, name: 'After', email_verified: true, updated_at: expect.any(Number) });
  });

  it('removes a claim, and the address, that is null', async () => {
    const { id } = await createUser(api, { email: `${unique('x')}@example.com`, name: 'Before' });
    const { body } = await api('PATCH', `/api/users/${id}`, { body: { name: null, email: null } });
    expect(body).not.toHaveProperty('name');
    expect(body).not.toHaveProperty('email');
  });

  it.each(['password', 'id', 'disabled', 'created_at'])('refuses %s, and says why', async (member) => {
    const { id } = await createUser(api);
    const answer = await api('PATCH', `/api/users/${id}`, { body: { [member]: 'x' } });
    expect(answer.status).toBe(400);
    expect(faultsOf(answer)).toEqual([member]);
  });

  it('refuses a name that somebody else has as a conflict', async () => {
    const [one, other] = [await createUser(api), await createUser(api)];
    const { status } = await api('PATCH', `/api/users/${one.id}`, { body: { username: other.username } });
    expect(status).toBe(409);
  });
});

describe('what ends access', () => {
  const active = async (token: string): Promise<boolean> => (await introspect(server, token)).active;

  it.each([
    ['POST', '/disable', undefined],
    ['PUT', '/password', { password: 'another password' }],
    ['DELETE', '', undefined],
  ])('%s %s ends sessions, access and refresh tokens of the user, at once', async (method, path, body) => {
    const user = await createUser(api);
    const { access_token, refresh_token, jar } = await obtainTokens(
      server,
      CLIENTS.spa,
      { scope: 'profile read' },
      { user },
    );
    expect(await active(access_token)).toBe(true);
    expect((await api(method, `/api/users/${user.id}${path}`, { body })).status).toBeLessThan(300);
    expect(await active(access_token)).toBe(false);
    const refreshed = await tokenRequest(server, CLIENTS.spa, { grant_type: 'refresh_token', refresh_token });
    expect([refreshed.status, ((await refreshed.json()) as { error: string }).error]).toEqual([400, 'invalid_grant']);
    const home = await fetch(`${server.url}/account`, { redirect: 'manual', headers: { cookie: jar.header() } });
    expect(home.status).toBe(303);
  });

  it('lets nobody sign in while the account is disabled, and again when it is enabled', async () => {
    const user = await createUser(api);
    const disabled = await api('POST', `/api/users/${user.id}/disable`);
    expect([disabled.status, disabled.body.disabled]).toEqual([200, true]);
    await expect(signIn(server, user)).rejects.toThrow();
    const enabled = await api('POST', `/api/users/${user.id}/enable`);
    expect([enabled.status, enabled.body.disabled]).toEqual([200, false]);
    await signIn(server, user);
  });

  it('replaces the password', async () => {
    const user = await createUser(api);
    const { status, body } = await api('PUT', `/api/users/${user.id}/password`, {
      body: { password: 'a new password' },
    });
    expect([status, body]).toEqual([204, undefined]);
    await expect(signIn(server, user)).rejects.toThrow();
    await signIn(server, { ...user, password: 'a new password' });
  });

  it.each([{ password: 'short' }, { password: 1 }, { password: null }, {}, { password: 'good enough', other: 1 }])(
    'refuses %j as a new password, by the name of the member',
    async (body) => {
      const { id } = await createUser(api);
      const answer = await api('PUT', `/api/users/${id}/password`, { body });
      expect(answer.status).toBe(400);
      expect(faultsOf(answer)).toEqual(['other' in body ? 'other' : 'password']);
    },
  );
});

describe('an unknown user', () => {
  it.each(['00000000-0000-0000-0000-000000000000', 'x', '1', "'", '%F0%9F%98%80', '..%2Fclients'])(
    '%s is not found, whatever is done with it',
    async (id) => {
      for (const [method, path, body] of [
        ['GET', '', undefined],
        ['PATCH', '', {}],
        ['DELETE', '', undefined],
        ['POST', '/disable', undefined],
        ['POST', '/enable', undefined],
        ['PUT', '/password', { password: 'a good password' }],
      ] as const) {
        const answer = await api(method, `/api/users/${id}${path}`, { body });
        expect([method, path, answer.status, answer.body?.error]).toEqual([method, path, 404, 'not_found']);
      }
    },
  );
});

it('an account that is changed here is changed on every instance', async () => {
  const one = await startServer({ bootstrap: bootstrap() });
  const two = await startServer({ bootstrap: bootstrap(), database: one.database });
  const [first, second] = [apiOf(one), apiOf(two)];
  const user = await createUser(first);
  await signIn(two, user);
  await first('POST', `/api/users/${user.id}/disable`);
  expect((await second('GET', `/api/users/${user.id}`)).body.disabled).toBe(true);
  await expect(signIn(two, user)).rejects.toThrow();
  expect(await query(one, 'SELECT FROM sessions WHERE user_id = $1', [user.id])).toEqual([]);
});

describe('/api/users/:user_id/identities', () => {
  const link = (userId: string, subject: string): Promise<unknown> =>
    query(
      server,
      `INSERT INTO user_identities (issuer, subject, user_id, provider, email)
       VALUES ('https://idp.example', '${subject}', '${userId}', 'corp', 'a@idp.example')`,
    );

  it('lists the accounts elsewhere with which somebody signs in', async () => {
    const { id } = await createUser(api);
    const subject = unique('subject');
    await link(id, subject);
    const { status, body } = await api('GET', `/api/users/${id}/identities`);
    expect(status).toBe(200);
    expect(body.items).toEqual([
      {
        id: expect.any(String),
        provider: 'corp',
        issuer: 'https://idp.example',
        subject,
        email: 'a@idp.example',
        created_at: expect.any(Number),
        last_used_at: expect.any(Number),
      },
    ]);
  });

  it('unlinks one of them, of this user only', async () => {
    const [{ id }, other] = [await createUser(api), await createUser(api)];
    await link(id, unique('subject'));
    const [identity] = (await api('GET', `/api/users/${id}/identities`)).body.items;
    expect((await api('DELETE', `/api/users/${other.id}/identities/${identity.id}`)).status).toBe(404);
    expect((await api('DELETE', `/api/users/${id}/identities/nonsense`)).status).toBe(404);
    expect((await api('DELETE', `/api/users/${id}/identities/${identity.id}`)).status).toBe(204);
    expect((await api('GET', `/api/users/${id}/identities`)).body.items).toEqual([]);
  });

  it('is gone with the user', async () => {
    const { id } = await createUser(api);
    await link(id, unique('subject'));
    expect((await api('DELETE', `/api/users/${id}`)).status).toBe(204);
    expect((await api('GET', `/api/users/${id}/identities`)).status).toBe(404);
    expect(await query(server, `SELECT FROM user_identities WHERE user_id = '${id}'`)).toEqual([]);
  });
});
