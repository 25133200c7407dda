// The bootstrap file: declarative and idempotent, applied at every start.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { closeAll, onClose } from '../support/cleanup.js';
import { runCli } from '../support/cli.js';
import { createDatabase, query } from '../support/database.js';
import { bootstrap, CLIENTS, RESOURCES, USERS } from '../support/fixtures.js';
import { authorize, clientCredentials, introspect, redeem, signIn, tokenRequest } from '../support/flow.js';
import { logsWith, startServer } from '../support/server.js';
import { runState } from '../support/state.js';

const ADMIN = { username: 'root', password: 'root-password-1', roles: ['admin'] };
const TABLES = ['users', 'clients', 'client_secrets', 'scopes', 'resources', 'signing_keys'];

// Two or three servers in one test, on a machine that does other things as well.
import.meta.jest.setTimeout(90_000);

afterEach(closeAll);

/** A bootstrap file as somebody wrote it. */
function written(name: string, text: string): string {
  const file = join(mkdtempSync(join(runState().directory, 'bootstrap-')), name);
  writeFileSync(file, text);
  return file;
}

/** The version of every row: a row that was written has another one. */
async function versions(database: string): Promise<string> {
  const tables = TABLES.map((table) => `SELECT '${table}' AS t, xmin::text, ctid::text FROM ${table}`);
  return JSON.stringify(await query({ database }, `${tables.join(' UNION ALL ')} ORDER BY 1, 3`));
}

/** Passwords as the legacy grant sees them. */
async function passwordWorks(server: { url: string; issuer: string }, password: string): Promise<boolean> {
  const user = { grant_type: 'password', username: USERS.alice.username, password };
  return (await tokenRequest(server, CLIENTS.password, user)).status === 200;
}

describe('what the file says', () => {
  it('exists at the first start: users, clients, scopes and resources work together', async () => {
    const server = await startServer({ bootstrap: bootstrap() });
    const authorization = await authorize(server, { client_id: 'web', scope: 'profile read' });
    expect(authorization.pages).toEqual(['sign-in', 'consent']);
    expect((await redeem(server, CLIENTS.web, authorization)).scope).toBe('profile read');

    const { access_token } = await clientCredentials(server, CLIENTS.machine, {
      resource: RESOURCES.opaque.identifier,
      scope: 'read',
    });
    expect(await introspect(server, access_token)).toMatchObject({ active: true, aud: RESOURCES.opaque.identifier });
    const [alice] = await query(
      server,
      `SELECT email, email_verified, claims, roles FROM users WHERE username = 'alice'`,
    );
    expect(alice).toMatchObject({ email: 'alice@example.com', email_verified: true, roles: [] });
    expect(alice.claims).toMatchObject({ name: 'Alice Example', zoneinfo: 'Europe/Berlin' });
  });

  it('may be YAML', async () => {
    const file = written(
      'bootstrap.yaml',
      `# people
users:
  - { username: root, password: root-password-1, roles: [admin] }
clients:
  - client_id: job
    client_secret: &secret job-secret-000000000000000000000000000000
    grant_types: [client_credentials]
    scope: read write
  - { client_id: other-job, client_secret: *secret, grant_types: [client_credentials], scope: read }
`,
    );
    const server = await startServer({ env: { BOOTSTRAP_FILE: file } });
    const secret = 'job-secret-000000000000000000000000000000';
    expect((await clientCredentials(server, { client_id: 'job', client_secret: secret })).scope).toBe('read write');
    expect((await clientCredentials(server, { client_id: 'other-job', client_secret: secret })).scope).toBe('read');
    await signIn(server, ADMIN);
  });

  it('is not written again, and nobody is told of a change, when nothing differs', async () => {
    const first = await startServer({ bootstrap: bootstrap() });
    const before = await versions(first.database);
    await first.stop();
    const listener = new pg.Client({ connectionString: first.database });
    await listener.connect();
    onClose(() => listener.end());
    const heard: unknown[] = [];
    listener.on('notification', ({ payload }) => heard.push(payload));
    await listener.query('LISTEN nas_changed');
    const second = await startServer({ bootstrap: bootstrap(), database: first.database });
    await listener.query('SELECT 1');
    expect(await versions(first.database)).toBe(before);
    expect(heard).toEqual([]);
    expect(await logsWith(second)).not.toContain('WARN');
  });

  it('takes the place of what is there, and what it does not name any more stays', async () => {
    const { web, other, machine } = CLIENTS;
    const first = await startServer({
      bootstrap: {
        users: [ADMIN, { ...USERS.alice, nickname: 'Al' }, USERS.bob],
        clients: [web, other, machine],
        scopes: [
          { name: 'read', description: 'Read' },
          { name: 'write', description: 'Write' },
        ],
        resources: [{ ...RESOURCES.jwt, access_token_format: 'opaque' }],
      },
    });
    await first.stop();
    const { client_uri: _, ...renamed } = { ...web, client_name: 'Another name' };
    const server = await startServer({
      database: first.database,
      bootstrap: {
        users: [{ ...USERS.alice, name: 'Alice Other', roles: ['editor'] }],
        clients: [renamed],
        scopes: [{ name: 'read', description: 'Read your things' }],
        resources: [RESOURCES.jwt],
      },
    });
    const [alice] = await query(server, `SELECT claims, roles FROM users WHERE username = 'alice'`);
    expect(alice).toMatchObject({ roles: ['editor'], claims: { name: 'Alice Other', nickname: 'Al' } });
    const clients = await query(server, 'SELECT client_id, metadata FROM clients ORDER BY client_id');
    expect(clients.map(({ client_id }) => client_id)).toEqual(['machine', 'other', 'web']);
    expect(clients[2].metadata).toMatchObject({ client_name: 'Another name' });
    expect(clients[2].metadata).not.toHaveProperty('client_uri');
    expect(await query(server, 'SELECT name, description FROM scopes ORDER BY name')).toEqual([
      { name: 'read', description: 'Read your things' },
      { name: 'write', description: 'Write' },
    ]);
    expect(await query(server, 'SELECT access_token_format FROM resources')).toEqual([{ access_token_format: 'jwt' }]);
    expect(await query(server, 'SELECT username FROM users ORDER BY username')).toHaveLength(3);
  });

  it('finds a user whatever the case of the name, and lets a disabled one stay disabled', async () => {
    const first = await startServer({ bootstrap: { users: [ADMIN, USERS.alice] } });
    await runCli(['user', 'disable', 'alice'], { database: first.database });
    await first.stop();
    const server = await startServer({
      database: first.database,
      bootstrap: { users: [{ username: 'ALICE', nickname: 'A' }] },
    });
    const people = await query(
      server,
      `SELECT username, disabled_at IS NOT NULL AS disabled FROM users WHERE username ILIKE 'alice'`,
    );
    expect(people).toEqual([{ username: 'ALICE', disabled: true }]);
  });

  it('warns when an account that was there before gets roles, for it keeps its password', async () => {
    const first = await startServer({ bootstrap: { users: [ADMIN, USERS.bob] } });
    await first.stop();
    const server = await startServer({
      database: first.database,
      bootstrap: { users: [{ ...USERS.bob, password: 'another-password-1', roles: ['admin'] }] },
    });
    expect(await logsWith(server)).toMatch(/users\[0\]: .*new roles/);
    await signIn(server, USERS.bob);
  });
});

describe('passwords and secrets', () => {
  it('are set when the entry is created and never reverted by a later start', async () => {
    const file = { users: [ADMIN, USERS.alice], clients: [CLIENTS.password, CLIENTS.machine] };
    const first = await startServer({ bootstrap: file });
    expect(await passwordWorks(first, USERS.alice.password)).toBe(true);
    const { database } = first;
    const changed = await runCli(['user', 'set-password', 'alice', '--password-stdin'], {
      database,
      input: 'changed-password-1\n',
    });
    expect(changed.status).toBe(0);
    const rotated = await runCli(['client', 'rotate-secret', 'machine', '--overlap', '0', '--secret-only'], {
      database,
    });
    await first.stop();

    const changes = {
      users: [ADMIN, { ...USERS.alice, password: 'third-password-1' }],
      clients: [CLIENTS.password, { ...CLIENTS.machine, client_name: 'Other name', client_secret: 'x'.repeat(40) }],
    };
    const second = await startServer({ database, bootstrap: changes });
    expect(await passwordWorks(second, 'changed-password-1')).toBe(true);
    expect(await passwordWorks(second, 'third-password-1')).toBe(false);
    expect(await passwordWorks(second, USERS.alice.password)).toBe(false);
    const machine = { ...CLIENTS.machine, client_secret: rotated.stdout.trim() };
    expect((await clientCredentials(second, machine)).token_type).toBe('Bearer');
    const refused = [CLIENTS.machine.client_secret, 'x'.repeat(40)];
    for (const client_secret of refused) {
      const answer = await tokenRequest(second, { ...machine, client_secret }, { grant_type: 'client_credentials' });
      expect(answer.status).toBe(401);
    }
  });

  it('of a client without one: made at its creation, shown once, on no log line', async () => {
    const { client_secret: _, ...machine } = CLIENTS.machine;
    const file = { users: [ADMIN], clients: [machine] };
    const first = await startServer({ bootstrap: file });
    const shown = /Client machine has the secret (\S{43}) /.exec(await logsWith(first, 'Client machine'));
    expect(shown).not.toBeNull();
    const client_secret = (shown as RegExpExecArray)[1];
    expect(first.logs().split(client_secret)).toHaveLength(2);
    expect((await clientCredentials(first, { ...machine, client_secret })).token_type).toBe('Bearer');
    await first.stop();
    const second = await startServer({ database: first.database, bootstrap: file });
    expect(await logsWith(second)).not.toContain('has the secret');
    expect((await clientCredentials(second, { ...machine, client_secret })).token_type).toBe('Bearer');
  });

  it('of a client without one: must be given in production when the client is created, not later', async () => {
    const { client_secret: _, ...machine } = CLIENTS.machine;
    const env = { NODE_ENV: 'production', ISSUER: 'https://as.example' };
    const first = await startServer({ env, bootstrap: { users: [ADMIN], clients: [machine] }, waitUntilReady: false });
    expect(await first.exited).toBe(1);
    expect(first.logs()).toContain('clients[0].client_secret: must be given');
    expect(await query(first, 'SELECT FROM users UNION ALL SELECT FROM clients')).toHaveLength(0);

    const { database } = first;
    const second = await startServer({ database, env, bootstrap: { users: [ADMIN], clients: [CLIENTS.machine] } });
    await second.stop();
    const third = await startServer({ database, env, bootstrap: { users: [ADMIN], clients: [machine] } });
    expect((await clientCredentials(third)).token_type).toBe('Bearer');
    expect(await logsWith(third)).not.toContain('has the secret');
  });
});

describe('what this server does not have', () => {
  it('is kept with a warning, and refused on use', async () => {
    const client = { ...CLIENTS.machine, grant_types: ['client_credentials', 'urn:example:parcel'] };
    const assertion = { client_id: 'later', grant_types: [], token_endpoint_auth_method: 'tls_client_auth' };
    const signed = {
      client_id: 'signed',
      'client_name#de': 'Dienst',
      grant_types: [],
      id_token_signed_response_alg: 'XY1',
    };
    const server = await startServer({ bootstrap: { users: [ADMIN], clients: [client, assertion, signed] } });
    const logs = await logsWith(server);
    expect(logs).toMatch(/clients\[0\]\.grant_types\[1\]: this server has no such grant type/);
    expect(logs).toMatch(/clients\[1\]\.token_endpoint_auth_method: this server has no such method/);
    expect(logs).toMatch(/clients\[2\]\.id_token_signed_response_alg: this server has no such algorithm/);
    expect(logs).not.toContain('XY1');
    const answer = await tokenRequest(server, client, { grant_type: 'urn:example:parcel' });
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'unsupported_grant_type' }]);
    const [{ metadata }] = await query(server, `SELECT metadata FROM clients WHERE client_id = 'machine'`);
    expect(metadata).toMatchObject({ grant_types: ['client_credentials', 'urn:example:parcel'] });
    const [kept] = await query(server, `SELECT metadata FROM clients WHERE client_id = 'signed'`);
    expect(kept.metadata).toMatchObject({ id_token_signed_response_alg: 'XY1', 'client_name#de': 'Dienst' });
  });

  it('stops the start where no token could be issued: an unknown token format', async () => {
    const resources = [{ ...RESOURCES.jwt, access_token_format: 'paseto' }];
    const server = await startServer({ bootstrap: { users: [ADMIN], resources }, waitUntilReady: false });
    expect(await server.exited).toBe(1);
    expect(server.logs()).toContain('resources[0].access_token_format: must be one of: ');
    expect(server.logs()).not.toContain('paseto');
  });
});

describe('a client that shall sign with its secret', () => {
  it('is told to get a new one when it is known by its hash only (OIDC Core §9)', async () => {
    const clients = [{ ...CLIENTS.machine }];
    const first = await startServer({ bootstrap: { users: [ADMIN], clients } });
    await first.stop();
    const { database } = first;
    const signing = [{ ...CLIENTS.machine, token_endpoint_auth_method: 'client_secret_jwt' }];
    const second = await startServer({ database, bootstrap: { users: [ADMIN], clients: signing } });
    const warning =
      'clients[0]: the client has no secret for client_secret_jwt; give it one with: client rotate-secret machine';
    expect(await logsWith(second)).toContain(warning);
    await second.stop();
    await runCli(['client', 'rotate-secret', 'machine'], { database });
    const third = await startServer({ database, bootstrap: { users: [ADMIN], clients: signing } });
    expect(await logsWith(third)).not.toContain('has no secret for');
  });
});

describe('a file with faults', () => {
  it('stops the start with the path of every fault, without values, and writes nothing', async () => {
    const file = {
      users: [
        { username: 'alice', password: 'short-1', nickname: 5 },
        { username: 'Alice', password: 'canary-password' },
      ],
      clients: [
        { client_id: 'a', client_secret: 'canary-secret' },
        { client_id: 'b c', clientName: 'B', grant_types: [] },
        { ...CLIENTS.web, redirect_uris: ['http://canary.example/cb', 'https://client.example/#canary'] },
      ],
      scopes: [{ name: 'canary scope' }, { name: 'a', descriptoin: 'x' }],
      resources: [{ identifier: 'canary', scopes: ['ok', 'not ok'] }],
      canary: [],
    };
    const server = await startServer({ bootstrap: file, waitUntilReady: false });
    expect(await server.exited).toBe(1);
    const faults = server.logs();
    for (const path of [
      'users[0].password: ',
      'users[0].nickname: ',
      'users[1].username: is the same as that of users[0]',
      'clients[0].client_secret: ',
      'clients[0].redirect_uris: ',
      'clients[1].client_id: ',
      'clients[1].clientName: is unknown, use client_name',
      'clients[2].redirect_uris[0]: ',
      'clients[2].redirect_uris[1]: ',
      'scopes[0].name: ',
      'scopes[1].descriptoin: is unknown',
      'resources[0].identifier: ',
      'resources[0].scopes[1]: ',
      'canary: is unknown',
    ]) {
      expect(faults).toContain(`- ${path}`);
    }
    for (const value of ['canary-', 'canary.example', '#canary', 'canary scope', 'short-1'])
      expect(faults).not.toContain(value);
    expect(await query(server, 'SELECT FROM users UNION ALL SELECT FROM clients')).toHaveLength(0);
  });

  it('that is no JSON or YAML, or is not there, is named without its content', async () => {
    const broken = written('broken.json', '{"users": [{"password": "canary-password",\n  "username": "x" "y"}]}');
    const server = await startServer({ env: { BOOTSTRAP_FILE: broken }, waitUntilReady: false });
    expect(await server.exited).toBe(1);
    expect(server.logs()).toMatch(/BOOTSTRAP_FILE is neither JSON nor YAML: line 2, column \d+/);
    expect(server.logs()).not.toContain('canary');
    const missing = await startServer({ env: { BOOTSTRAP_FILE: '/nowhere/canary.json' }, waitUntilReady: false });
    expect(await missing.exited).toBe(1);
    expect(missing.logs()).toContain('BOOTSTRAP_FILE cannot be read: ENOENT');
    expect(missing.logs()).not.toContain('canary');
  });

  it('names in one message the faults of the environment and those of the file', async () => {
    const server = await startServer({
      env: { NODE_ENV: 'production', SECRET_KEYS: undefined, ISSUER: 'http://as.example' },
      bootstrap: {
        users: [{ username: 'admin', password: 'ChangeMe123!', roles: ['admin'] }],
        clients: [{ client_id: 'x y' }],
      },
      waitUntilReady: false,
    });
    expect(await server.exited).toBe(1);
    for (const fault of [
      'SECRET_KEYS ',
      'ISSUER ',
      'users[0].password: is a default password',
      'clients[0].client_id: ',
    ]) {
      expect(server.logs()).toContain(`- ${fault}`);
    }
    expect(server.logs()).not.toContain('ChangeMe123!');
  });

  it('whose e-mail address is somebody else’s stops the start with the path', async () => {
    const first = await startServer({ bootstrap: { users: [ADMIN, USERS.bob] } });
    await first.stop();
    const users = [ADMIN, { username: 'carol', password: 'carol-password-1', email: 'BOB@example.com' }];
    const server = await startServer({ database: first.database, bootstrap: { users }, waitUntilReady: false });
    expect(await server.exited).toBe(1);
    expect(server.logs()).toContain('users[1].email: is already taken');
  });
});

describe('several instances', () => {
  it('that start at the same moment on one empty database all succeed, and each entry is created once', async () => {
    const database = await createDatabase({ empty: true });
    const { client_secret: _, ...machine } = CLIENTS.machine;
    const file = {
      ...bootstrap(),
      clients: [...Object.values(CLIENTS).filter(({ client_id }) => client_id !== 'machine'), machine],
    };
    const servers = await Promise.all([1, 2, 3].map(() => startServer({ database, bootstrap: file })));
    await Promise.any(servers.map((server) => logsWith(server, 'Client machine')));
    const all = servers.map((server) => server.logs()).join('\n');
    expect(all.match(/Client machine has the secret/g)).toHaveLength(1);
    const [{ users, clients, secrets }] = await query(
      { database },
      'SELECT (SELECT count(*)::int FROM users) AS users, (SELECT count(*)::int FROM clients) AS clients, (SELECT count(*)::int FROM client_secrets) AS secrets',
    );
    const withSecret = file.clients.filter((client) => 'client_secret' in client).length + 1;
    expect({ users, clients, secrets }).toEqual({
      users: Object.keys(USERS).length,
      clients: Object.keys(CLIENTS).length,
      secrets: withSecret,
    });
  });
});
