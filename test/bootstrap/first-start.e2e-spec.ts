// The first start on an empty database: who administers it, and what a newcomer is told.
import { spawn } from 'node:child_process';
import { closeAll } from '../support/cleanup.js';
import { childEnvironment } from '../support/cli.js';
import { createDatabase, query } from '../support/database.js';
import { CLIENTS, USERS } from '../support/fixtures.js';
import { signIn } from '../support/flow.js';
import { logsWith, startServer, type RunningServer } from '../support/server.js';
import { ROOT, SECRET_KEYS } from '../support/state.js';

const TOLD = 'curl -u "my-app:';

// Two or three servers in one test, on a machine that does other things as well.
import.meta.jest.setTimeout(90_000);

function passwordIn(logs: string): string | undefined {
  return /Password +(\S+)/.exec(logs)?.[1];
}

/** Runs lines as a person pastes them. */
function paste(lines: string[], env: Record<string, string>): Promise<{ status: number | null; output: string }> {
  const child = spawn('sh', ['-ec', lines.join('\n')], { cwd: ROOT, env: childEnvironment(env) });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((done) => child.once('close', (status) => done({ status, output })));
}

describe('the first start on an empty database', () => {
  afterAll(closeAll);

  let server: RunningServer;
  let logs: string;

  beforeAll(async () => {
    server = await startServer({ database: await createDatabase({ empty: true }) });
    logs = await logsWith(server, TOLD);
  });

  it('shows its steps, and where the server is', () => {
    expect(logs).toMatch(/Applied \d+ migrations?\..*Ready on .*The authorization server is ready/s);
    expect(logs).toContain(`Server         ${server.issuer}/`);
  });

  it('creates the user admin with a random password, printed once, and it signs in', async () => {
    const password = passwordIn(logs) as string;
    expect(password).toMatch(/^[a-z0-9]{20}$/);
    expect(logs.split(password)).toHaveLength(2);
    await signIn(server, { username: 'admin', password });
    expect(await query(server, 'SELECT username, roles FROM users')).toEqual([{ username: 'admin', roles: ['admin'] }]);
  });

  it('prints two commands that work as they are printed: make a client, get a token', async () => {
    const commands = logs.match(/^ +(CLIENT_SECRET=.*|curl .*)$/gm) as string[];
    expect(commands).toHaveLength(2);
    expect(commands[0]).toContain('npm run cli -- client create ');
    const { status, output } = await paste(commands, { DATABASE_URL: server.database, SECRET_KEYS });
    expect([status, output]).toEqual([0, expect.stringContaining('"token_type":"Bearer"')]);
  }, 90_000);

  it('is the only one that says something secret', async () => {
    const second = await startServer({ database: server.database });
    expect(await logsWith(second)).not.toMatch(/Password|admin/);
    await signIn(second, { username: 'admin', password: passwordIn(logs) as string });
    expect(await query(server, 'SELECT FROM users')).toHaveLength(1);
  });
});

describe('who administers the server', () => {
  afterEach(closeAll);

  it('makes one administrator when several instances start on one empty database, printed by the one that made it', async () => {
    const database = await createDatabase({ empty: true });
    const servers = await Promise.all([1, 2, 3].map(() => startServer({ database })));
    const told = await Promise.any(servers.map((server) => logsWith(server, TOLD)));
    const logs = servers.map((server) => server.logs()).join('');
    expect(logs.match(/Password/g)).toHaveLength(1);
    await signIn(servers[0], { username: 'admin', password: passwordIn(told) as string });
    expect(await query({ database }, 'SELECT FROM users')).toHaveLength(1);
  });

  it('creates nobody when the bootstrap file has an administrator', async () => {
    const server = await startServer({ bootstrap: { users: [USERS.admin, USERS.bob] } });
    const logs = await logsWith(server, TOLD);
    expect(logs).toContain('as one of the users of the bootstrap file');
    expect(passwordIn(logs)).toBeUndefined();
    expect(logs).not.toContain(USERS.admin.password);
    expect(await query(server, 'SELECT FROM users')).toHaveLength(2);
  });

  it('creates the administrator beside users of the bootstrap file who are none', async () => {
    const server = await startServer({ bootstrap: { users: [USERS.bob], clients: [CLIENTS.web] } });
    await signIn(server, { username: 'admin', password: passwordIn(await logsWith(server, TOLD)) as string });
    expect(await query(server, 'SELECT FROM users')).toHaveLength(2);
  });

  it('creates nobody when the file has a user admin without the role, and says so', async () => {
    const users = [{ username: 'Admin', password: 'admins-password-1' }];
    const server = await startServer({ bootstrap: { users } });
    const logs = await logsWith(server, TOLD);
    expect(passwordIn(logs)).toBeUndefined();
    expect(logs).toContain('Nobody has the role admin');
    expect(await query(server, 'SELECT roles FROM users')).toEqual([{ roles: [] }]);
  });

  it('creates nobody on a database that is not empty', async () => {
    const first = await startServer({ bootstrap: { users: [USERS.admin, USERS.bob] } });
    await query(first, `DELETE FROM users WHERE username = 'root'`);
    const second = await startServer({ database: first.database });
    expect(await logsWith(second)).not.toContain('Password');
    expect(await query(second, 'SELECT username FROM users')).toEqual([{ username: 'bob' }]);
  });

  it('creates nobody and prints no words for people in production', async () => {
    const server = await startServer({ env: { NODE_ENV: 'production', ISSUER: 'https://as.example' } });
    expect(await query(server, 'SELECT FROM users')).toHaveLength(0);
    const lines = (await logsWith(server)).trim().split('\n');
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  it('tells the password even when the port is taken, for it is shown this one time', async () => {
    const other = await startServer({ bootstrap: { users: [USERS.admin] } });
    const database = await createDatabase();
    const server = await startServer({ database, port: other.port, waitUntilReady: false });
    expect(await server.exited).toBe(1);
    expect(server.logs()).toContain('EADDRINUSE');
    const again = await startServer({ database });
    await signIn(again, { username: 'admin', password: passwordIn(server.logs()) as string });
  });
});
