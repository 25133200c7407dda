// The start: several instances at once, again on the same data, after a crash, and the settings with which there is none.
// @see interface §1
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase, query } from '../support/database.js';
import { bootstrap, CLIENTS, SCOPES, USERS } from '../support/fixtures.js';
import {
  clientCredentials,
  introspect,
  me,
  obtainTokens,
  revoke,
  signIn,
  tokenRequest,
  type TokenResponse,
} from '../support/flow.js';
import { eventually } from '../support/eventually.js';
import { logsWith, type RunningServer, startServer } from '../support/server.js';
import { runState } from '../support/state.js';

const { api, machine, web } = CLIENTS;
const WORLD = { users: [USERS.alice], clients: [api, machine, web], scopes: SCOPES };
/** The embedded database of a server, so that a crash takes it along. */
const EMBEDDED = { DATABASE_URL: undefined };

/** The passwords of the first administrator that were told: a server tells it a moment after it answers requests. */
const passwordsOf = (servers: RunningServer[]): Promise<string[]> =>
  eventually(() => {
    const told = servers.flatMap((server) => /Password +(\S+)\n/.exec(server.logs())?.[1] ?? []);
    return told.length > 0 && told;
  });

describe('two instances that start at the same moment on one empty database', () => {
  let instances: RunningServer[];
  beforeAll(async () => {
    const database = await createDatabase({ empty: true });
    const start = { database, bootstrap: bootstrap() };
    instances = await Promise.all([startServer(start), startServer(start)]);
  });

  it('both come up, and what one issues is good at the other', async () => {
    const [first, second] = instances;
    for (const [here, there] of [
      [first, second],
      [second, first],
    ]) {
      const { access_token } = await clientCredentials(here, machine);
      expect((await introspect(there, access_token)).active).toBe(true);
      await revoke(there, machine, access_token);
      expect((await introspect(here, access_token)).active).toBe(false);
    }
  });

  it('apply the bootstrap file once, and make one key of each algorithm', async () => {
    const count = async (table: string): Promise<number> =>
      (await query<{ count: number }>(instances[0], `SELECT count(*)::int FROM ${table}`))[0].count;
    const world = bootstrap();
    expect(await count('users')).toBe(world.users.length);
    expect(await count('clients')).toBe(world.clients.length);
    expect(await count('client_secrets')).toBe(Object.values(CLIENTS).filter((one) => 'client_secret' in one).length);
    const keys = await query<{ algorithm: string }>(instances[0], 'SELECT algorithm FROM signing_keys');
    expect(keys.map(({ algorithm }) => algorithm).sort()).toEqual([
      'ECDH-ES', 'ES256', 'EdDSA', 'PS256', 'RS256', 'RSA-OAEP-256',
    ]); // prettier-ignore
  });
});

it('two instances that make the first administrator make one, and one of them says the password', async () => {
  const database = await createDatabase({ empty: true });
  const instances = await Promise.all([startServer({ database }), startServer({ database })]);
  const told = await passwordsOf(instances);
  expect(told).toHaveLength(1);
  for (const server of instances) await signIn(server, { username: 'admin', password: told[0] });
});

describe('a server with its embedded database', () => {
  it('loses nothing that it has answered when it is killed, and the next start recovers', async () => {
    const killed = await startServer({ env: EMBEDDED, bootstrap: WORLD });
    const good: string[] = [];
    const revoked: string[] = [];
    let family = (await obtainTokens(killed, web, { scope: 'read' })).refresh_token!;
    let running = true;
    const untilKilled = async (work: () => Promise<void>): Promise<void> => {
      while (running) await work().catch(() => undefined);
    };
    const loops = [
      ...Array.from({ length: 3 }, () =>
        untilKilled(async () => void good.push((await clientCredentials(killed, machine)).access_token)),
      ),
      untilKilled(async () => {
        const { access_token } = await clientCredentials(killed, machine);
        if ((await revoke(killed, machine, access_token)).status === 200) revoked.push(access_token);
      }),
      untilKilled(async () => {
        const response = await tokenRequest(killed, web, { grant_type: 'refresh_token', refresh_token: family });
        if (response.ok) family = ((await response.json()) as TokenResponse).refresh_token!;
      }),
    ];
    while (good.length < 60 || revoked.length < 10) await new Promise((done) => setImmediate(done));
    await killed.kill();
    running = false;
    await Promise.all(loops);

    const next = await startServer({ env: EMBEDDED, bootstrap: WORLD, dataDir: killed.dataDir });
    const active = async (tokens: string[]): Promise<boolean[]> =>
      (await Promise.all(tokens.map((token) => introspect(next, token)))).map((answer) => answer.active);
    expect(await active(good)).toEqual(good.map(() => true));
    expect(await active(revoked)).toEqual(revoked.map(() => false));
    const refreshed = await tokenRequest(next, web, { grant_type: 'refresh_token', refresh_token: family });
    expect(refreshed.status).toBe(200);
    expect(await next.stop()).toBe(0);
  });

  it('starts again on the same data: users, clients, sessions, keys and tokens are there, and nothing secret is said', async () => {
    const env = { ...EMBEDDED, SECRET_KEYS: undefined };
    const first = await startServer({ env });
    const administrator = { username: 'admin', password: (await passwordsOf([first]))[0] };
    const jar = await signIn(first, administrator);
    const { port, dataDir } = first;
    expect(await first.stop()).toBe(0);

    const second = await startServer({ env, dataDir, port });
    expect(second.logs()).not.toContain(administrator.password);
    expect(second.logs()).not.toMatch(/Password +\S/);
    const home = await fetch(second.url, { headers: { cookie: jar.header() } });
    expect(await home.text()).toContain('admin');
    await signIn(second, administrator);
    expect(await second.stop()).toBe(0);
  });
});

describe('several servers on one DATA_DIR', () => {
  const env = { ...EMBEDDED, SECRET_KEYS: undefined };

  it('that start there for the first time at the same moment all come up, and share one database and its secrets', async () => {
    const dataDir = mkdtempSync(join(runState().directory, 'data-'));
    const shared = { ...env, ISSUER: 'https://as.example.com' };
    const servers = await Promise.all([1, 2, 3].map(() => startServer({ env: shared, dataDir })));
    expect(servers.filter((server) => server.logs().includes('shared with another process'))).toHaveLength(2);
    const [password, ...more] = await passwordsOf(servers);
    expect(more).toEqual([]);
    const jar = await signIn(servers[0], { username: 'admin', password });
    for (const { url } of servers) {
      const home = await fetch(url, { headers: { cookie: jar.header() } });
      expect(await home.text()).toContain('admin');
    }
    const [first, ...others] = servers;
    await first.kill();
    for (const server of others) {
      await eventually(() => signIn(server, { username: 'admin', password }).catch(() => undefined));
      expect(await server.stop()).toBe(0);
    }
  });

  it('that want one port: the second one says what is wrong, without a stack trace, and does the first one no harm', async () => {
    const first = await startServer({ env, bootstrap: WORLD });
    const { port, dataDir } = first;
    const second = await startServer({ env, bootstrap: WORLD, port, dataDir, waitUntilReady: false });
    expect(await second.exited).toBe(1);
    expect(second.logs()).toMatch(/^ *- PORT is in use: .*\(EADDRINUSE\)\.$/m);
    expect(second.logs()).not.toMatch(/^\s+at /m);
    expect((await clientCredentials(first, machine)).access_token).toBeTruthy();
  });
});

describe('production', () => {
  it('does not start with faults: names all of them, shows no value and no stack, and ends with status 1', async () => {
    const server = await startServer({
      waitUntilReady: false,
      env: {
        NODE_ENV: 'production',
        SECRET_KEYS: 'canary',
        PORT: 'canary',
        DATABASE_URL: 'mysql://canary@localhost/x',
      },
      bootstrap: {
        users: [{ username: 'admin', password: 'password1' }],
        clients: [{ client_id: 'x', client_secret: 'canary', redirect_uris: ['javascript:canary'] }],
      },
    });
    expect(await server.exited).toBe(1);
    const text = server.logs();
    for (const name of ['ISSUER', 'SECRET_KEYS', 'PORT', 'DATABASE_URL'])
      expect(text).toMatch(new RegExp(`^ *- ${name} `, 'm'));
    for (const path of ['users[0].password:', 'clients[0].client_secret:', 'clients[0].redirect_uris[0]:'])
      expect(text).toContain(path);
    expect(text).not.toContain('canary');
    expect(text).not.toContain('password1');
    expect(text).not.toMatch(/^\s+at /m);
  });

  it('starts when nothing is wrong: no account that nobody made, JSON lines, no sign-up', async () => {
    const env = { NODE_ENV: 'production', ISSUER: 'https://as.example.com' };
    const server = await startServer({ env, bootstrap: WORLD });
    expect(await query(server, 'SELECT username FROM users')).toEqual([{ username: USERS.alice.username }]);
    const { access_token } = await obtainTokens(server, web, { scope: 'profile' });
    expect((await me(server, access_token)).status).toBe(200);
    for (const line of (await logsWith(server)).trim().split('\n'))
      expect(() => JSON.parse(line) as object).not.toThrow();
    expect((await fetch(`${server.url}/sign-up`)).status).toBe(404);
    expect(await server.stop()).toBe(0);
  });
});
