// Users of the host application in place of ours: signed in, told to clients, and gone when the host says so.
import { decodeJwt } from 'jose';
import { UsersService, UserStore } from '../../src/index.js';
import { Database } from '../../src/database/database.js';
import { open } from '../pages/browse.js';
import { createClient } from '../support/clients.js';
import { query } from '../support/database.js';
import { bootstrap, CLIENTS } from '../support/fixtures.js';
import {
  administrate,
  authorize,
  introspect,
  me,
  obtainTokens,
  openForm,
  redeem,
  signIn,
  submit,
  tokenRequest,
} from '../support/flow.js';
import { CookieJar } from '../support/http.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';
import { openidConfiguration, userinfo, verifyIdToken } from '../support/openid.js';
import { ADA, answers, asked, credentials, GRACE, meanwhile, People, people, populate } from './people.js';

const { web, trusted } = CLIENTS;
const WORLD = { ...bootstrap(), users: [] };
const LASTING = { scope: 'openid profile email offline_access read' };

let server: InProcessServer;
let users: UsersService;

beforeAll(async () => {
  server = await startInProcess({ hostCache: 0, signUp: true }, [People], WORLD);
  users = server.app.get(UsersService, { strict: false });
});
beforeEach(populate);

const ada = { user: credentials(ADA) };
const refresh = (token: string | undefined): Promise<Response> =>
  tokenRequest(server, web, { grant_type: 'refresh_token', refresh_token: token });
const rowsOf = (table: string, id: string): Promise<unknown[]> =>
  query(server, `SELECT FROM ${table} WHERE user_id = $1`, [id]);

describe('a user of the host', () => {
  it('signs in by name or address, consents, and is told to the client by the id of the host', async () => {
    const authorization = await authorize(server, { client_id: 'web', ...LASTING }, ada);
    expect(authorization.pages).toEqual(['sign-in', 'consent']);
    const tokens = await redeem(server, web, authorization);
    expect((await verifyIdToken(server, 'web', tokens.id_token)).claims.sub).toBe('42');
    const claims = await (await userinfo(server, tokens.access_token)).json();
    expect(claims).toEqual({
      sub: '42',
      preferred_username: 'ada',
      email: 'ada@people.example',
      email_verified: false,
    });
    expect(await (await me(server, tokens.access_token)).json()).toEqual({ id: '42', username: 'ada' });
    expect(await introspect(server, tokens.access_token)).toMatchObject({ active: true, sub: '42', username: 'ada' });
    expect((await refresh(tokens.refresh_token)).status).toBe(200);
    await signIn(server, { username: ADA.mail, password: ADA.password });
    expect(await query(server, 'SELECT FROM users')).toEqual([]);
  });

  it('is asked for consent once', async () => {
    await authorize(server, { client_id: 'web', scope: 'write' }, { user: credentials(GRACE) });
    const again = await authorize(server, { client_id: 'web', scope: 'write' }, { user: credentials(GRACE) });
    expect(again.pages).toEqual(['sign-in']);
  });

  it('has claims from its members', async () => {
    const { access_token } = await obtainTokens(server, web, { scope: 'openid profile' }, { user: credentials(GRACE) });
    const claims = await (await userinfo(server, access_token)).json();
    expect(claims).toEqual({ sub: '7', preferred_username: 'grace', name: 'Grace Hopper' });
  });

  it('has the subject in JWT access tokens', async () => {
    const client = await createClient(server, { access_token_format: 'jwt' });
    const { access_token } = await obtainTokens(
      server,
      client,
      { scope: 'read', redirect_uri: client.redirect_uris[0] },
      ada,
    );
    expect(decodeJwt(access_token).sub).toBe('42');
  });

  it('has one pairwise subject for each sector, that is not the id (OIDC Core §8.1)', async () => {
    const subjects = [];
    for (const host of ['one.example', 'two.example', 'one.example']) {
      const client = await createClient(server, { subject_type: 'pairwise', redirect_uris: [`https://${host}/cb`] });
      const request = { scope: 'openid', redirect_uri: client.redirect_uris[0] };
      const { id_token } = await obtainTokens(server, client, request, ada);
      subjects.push((await verifyIdToken(server, client.client_id, id_token)).claims.sub);
    }
    expect(subjects[0]).toMatch(/^[\w-]{43}$/);
    expect(subjects[2]).toBe(subjects[0]);
    expect(subjects[1]).not.toBe(subjects[0]);
  });

  it('administers the server when the host says so', async () => {
    const scope = { client_id: trusted.client_id, redirect_uri: trusted.redirect_uris[0], scope: 'clients:read' };
    await expect(authorize(server, scope, ada).then(({ params }) => params.error)).resolves.toBe('invalid_scope');
    people.get('42')!.roles = ['admin'];
    const client = await createClient(server, { scope: 'clients:read', skip_consent: true });
    const request = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], scope: 'clients:read' };
    expect((await authorize(server, request, ada)).code).not.toBe('');
  });

  it('is slowed down like any other after wrong passwords', async () => {
    const wrong = { username: GRACE.nick, password: 'wrong' };
    const before = asked.verifyPassword;
    for (let n = 0; n < 5; n++) await expect(signIn(server, wrong)).rejects.toThrow('400');
    await expect(signIn(server, wrong)).rejects.toThrow('429');
    await expect(signIn(server, credentials(GRACE))).rejects.toThrow('429');
    expect(asked.verifyPassword - before).toBe(5);
  });
});

describe('a user whom the host', () => {
  it.each([
    ['disables', () => void (people.get('42')!.banned = true)],
    ['does not know any more', () => void people.delete('42')],
  ])('%s gets nothing any more', async (_what, change) => {
    const { jar, ...tokens } = await obtainTokens(server, web, LASTING, ada);
    const pending = await authorize(server, { client_id: 'web', ...LASTING }, jar);
    expect((await introspect(server, tokens.refresh_token!, web)).active).toBe(true);
    change();
    expect((await userinfo(server, tokens.access_token)).status).toBe(401);
    expect((await me(server, tokens.access_token)).status).toBe(401);
    expect(await introspect(server, tokens.access_token)).toEqual({ active: false });
    expect(await introspect(server, tokens.refresh_token!, web)).toEqual({ active: false });
    const refused = await refresh(tokens.refresh_token);
    expect([refused.status, (await refused.json()).error]).toEqual([400, 'invalid_grant']);
    await expect(redeem(server, web, pending)).rejects.toThrow('invalid_grant');
    expect(new URL((await open(server, jar, '/account')).at).pathname).toBe('/sign-in');
    const silent = await authorize(server, { client_id: 'web', ...LASTING, prompt: 'none' }, jar);
    expect(silent.params.error).toBe('login_required');
    await expect(signIn(server, ada.user)).rejects.toThrow('400');
  });

  it('enables again has what was not ended', async () => {
    const { access_token } = await obtainTokens(server, web, { scope: 'openid' }, ada);
    people.get('42')!.banned = true;
    expect((await userinfo(server, access_token)).status).toBe(401);
    people.get('42')!.banned = false;
    expect((await userinfo(server, access_token)).status).toBe(200);
  });
});

describe('endAccess', () => {
  it('ends the sessions and grants of a user who is disabled, for good', async () => {
    const { jar, ...tokens } = await obtainTokens(server, web, LASTING, ada);
    await users.endAccess('42', 'user_disabled');
    expect(await introspect(server, tokens.access_token)).toEqual({ active: false });
    expect((await refresh(tokens.refresh_token)).status).toBe(400);
    expect(new URL((await open(server, jar, '/account')).at).pathname).toBe('/sign-in');
    expect(server.events('token.revoked').at(-1)).toMatchObject({ userId: '42', reason: 'user_disabled' });
    expect(await rowsOf('sessions', '42')).toEqual([]);
    expect(await rowsOf('consents', '42')).toHaveLength(1);
  });

  it('keeps the session in which a password was changed', async () => {
    const { jar } = await obtainTokens(server, web, LASTING, ada);
    const other = await signIn(server, ada.user);
    const [{ id }] = await query<{ id: string }>(
      server,
      "SELECT id FROM sessions WHERE user_id = '42' ORDER BY created_at LIMIT 1",
    );
    await users.endAccess('42', 'password_changed', { sessionId: id });
    expect(new URL((await open(server, jar, '/account')).at).pathname).toBe('/account');
    expect(new URL((await open(server, other, '/account')).at).pathname).toBe('/sign-in');
  });

  it('leaves nothing of a user who is deleted', async () => {
    const { jar } = await obtainTokens(server, web, LASTING, ada);
    const page = await openForm(server, jar, `${server.url}/clients/new`, 'new-client');
    const created = await submit(server, jar, page, {
      client_name: 'Own',
      redirect_uris: 'https://own.example/cb',
      scope: 'profile',
      grant_types: 'authorization_code',
      response_types: 'code',
      token_endpoint_auth_method: 'client_secret_basic',
    });
    expect(created.status).toBe(200);
    const owned = "SELECT client_id FROM clients WHERE owner_id = '42'";
    expect(await query(server, owned)).toHaveLength(1);
    await users.endAccess('42', 'user_deleted');
    for (const table of ['sessions', 'grants', 'consents']) expect(await rowsOf(table, '42')).toEqual([]);
    expect(await query(server, owned)).toEqual([]);
  });

  it('refuses a sign-in whose password was looked at before', async () => {
    meanwhile.work = () => users.endAccess('42', 'password_changed');
    await expect(signIn(server, ada.user)).rejects.toThrow('403');
    expect(await rowsOf('sessions', '42')).toEqual([]);
    meanwhile.work = undefined;
    await signIn(server, ada.user);
  });

  it('is refused where the users are ours', async () => {
    const own = await startInProcess();
    await expect(own.app.get(UsersService, { strict: false }).endAccess('42', 'user_disabled')).rejects.toThrow(
      'UsersService.endAccess is for the users of a @UserStore.',
    );
  });
});

it('whoever was found by name can be given something as well, until their access ends', async () => {
  const database = server.app.get(Database, { strict: false });
  const found = (await users.findByLogin(ADA.nick))!;
  expect(await database.transaction((tx) => users.hold(tx, found))).toBe(true);
  await users.endAccess('42', 'password_changed');
  expect(await database.transaction((tx) => users.hold(tx, found))).toBe(false);
});

describe('what only our own accounts have', () => {
  it('is not at the pages', async () => {
    const jar = new CookieJar();
    expect((await open(server, jar, '/sign-up')).status).toBe(404);
    expect((await open(server, jar, '/')).html).not.toContain('/sign-up');
    const browser = await signIn(server, ada.user);
    const account = await open(server, browser, '/account');
    expect(account.html).not.toContain('change-password');
    expect(account.html).toContain('sessions');
  });

  it('is not in the metadata, although sign-up is switched on', async () => {
    expect((await openidConfiguration(server)).prompt_values_supported).not.toContain('create');
    const { params } = await authorize(server, { client_id: 'web', prompt: 'create' }, ada);
    expect(params.error).toBe('invalid_request');
  });

  it('is not in the API, nor in its documentation', async () => {
    for (const [method, path] of [
      ['GET', '/api/users'],
      ['GET', '/api/users/42'],
      ['DELETE', '/api/users/42'],
      ['POST', '/api/users/42/disable'],
    ])
      expect((await administrate(server, method, path)).status).toBe(404);
    const documentation = await (await fetch(`${server.url}/api/docs-json`)).json();
    expect(Object.keys(documentation.paths).filter((path) => path.startsWith('/api/users'))).toEqual([]);
    expect(Object.keys(documentation.paths)).toContain('/api/me');
  });

  it('says so to code that asks for it', async () => {
    await expect(users.create({ username: 'x', password: 'a good password' }, 'administrator')).rejects.toThrow(
      'Accounts are managed by the host application: it has a @UserStore.',
    );
  });

  it('is refused in the bootstrap file', async () => {
    await expect(startInProcess({}, [People], bootstrap())).rejects.toThrow(
      'users: are managed by the host application',
    );
  });
});

it('an administrator lists and revokes grants by the id of the host', async () => {
  const { access_token } = await obtainTokens(server, web, LASTING, ada);
  const { items } = (await (await administrate(server, 'GET', '/api/grants?user_id=42')).json()) as {
    items: { id: string; user_id: string }[];
  };
  expect(items[0].user_id).toBe('42');
  expect((await administrate(server, 'DELETE', `/api/grants/${items[0].id}`)).status).toBe(204);
  expect(await introspect(server, access_token)).toEqual({ active: false });
});

describe('what the store answers', () => {
  it.each([
    ['another id', { id: '43', username: 'ada' }, 'a user with another id'],
    ['a number as id', { id: 42, username: 'ada' }, 'id must be a text of 1 to 255 characters'],
    ['no name', { id: '42' }, 'username must be a text'],
  ])('is refused when it has %s; nothing of it is told outside', async (_what, answer, problem) => {
    const { access_token } = await obtainTokens(server, web, { scope: 'openid' }, ada);
    answers.set('42', answer);
    const response = await userinfo(server, access_token);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toMatch(/UserStore|ada|43/);
    await expect(users.find('42')).rejects.toThrow(problem);
  });

  it('is kept for a moment, until somebody says that it has changed', async () => {
    const kept = await startInProcess({ hostCache: 600 }, [People], WORLD);
    const service = kept.app.get(UsersService, { strict: false });
    await service.find('42');
    const before = asked.find;
    expect((await service.find('42'))?.username).toBe('ada');
    expect(asked.find).toBe(before);
    people.get('42')!.nick = 'countess';
    service.forget('42');
    expect((await service.find('42'))?.username).toBe('countess');
    const [present] = [await service.find('42')];
    await service.endAccess('42', 'user_disabled');
    expect(await service.find('42')).not.toBe(present);
  });

  it.each(['', 'x'.repeat(256), '\0'])('is not asked for about the id %j, which is none', async (id) => {
    const before = asked.find;
    expect(await users.find(id)).toBeUndefined();
    expect(asked.find).toBe(before);
  });
});

it('there is one store', async () => {
  @UserStore()
  class Others extends People {}
  await expect(startInProcess({}, [People, Others], WORLD)).rejects.toThrow('People and Others');
  @UserStore({ replaces: true })
  class Better extends People {}
  await startInProcess({}, [People, Better], WORLD);
});
