// Commands about users.
import { randomBytes } from 'node:crypto';
import { type CliResult, runCli } from '../support/cli.js';
import { query } from '../support/database.js';
import { CLIENTS } from '../support/fixtures.js';
import { me, signIn, tokenRequest, type TokenResponse } from '../support/flow.js';
import { visit } from '../support/http.js';
import { sharedServer } from '../support/server.js';

import.meta.jest.setTimeout(90_000);

const server = sharedServer();
const freshName = (): string => `cli-${randomBytes(6).toString('hex')}`;

function cli(args: string[], input?: string): Promise<CliResult> {
  return runCli(args, { database: server.database, input });
}

/** The tokens of the legacy password grant; undefined when the password is refused. */
async function tokensOf(username: string, password: string): Promise<TokenResponse | undefined> {
  const response = await tokenRequest(server, CLIENTS.password, { grant_type: 'password', username, password });
  return response.ok ? ((await response.json()) as TokenResponse) : undefined;
}

describe('user create', () => {
  it('makes an account with a password that is shown once, and signs in', async () => {
    const username = freshName();
    const email = `${username}@example.com`;
    const { status, stdout, stderr } = await cli(['user', 'create', username, '--email', email, '--name', 'C. Li']);
    expect([status, stderr]).toEqual([0, '']);
    const password = /password +([a-z0-9]{20})$/m.exec(stdout)?.[1] as string;
    await signIn(server, { username, password });
    await signIn(server, { username: email, password });
    const [user] = await query(server, 'SELECT email, email_verified, roles, claims FROM users WHERE username = $1', [
      username,
    ]);
    expect(user).toEqual({ email, email_verified: false, roles: [], claims: { name: 'C. Li' } });
  });

  it('makes an administrator with --role admin', async () => {
    const username = freshName();
    const { stdout } = await cli(['user', 'create', username, '--role', 'admin', '--json']);
    const user = JSON.parse(stdout) as { username: string; password: string; roles: string[] };
    expect(user).toMatchObject({ username, roles: ['admin'] });
    await signIn(server, user);
  });

  it('takes the password from standard input and does not print it', async () => {
    const username = freshName();
    const password = 'päss word with spaces ';
    const { status, stdout } = await cli(['user', 'create', username, '--password-stdin'], `${password}\r\nmore\n`);
    expect([status, stdout.includes(password.trim())]).toEqual([0, false]);
    await signIn(server, { username, password });
  });

  it('takes no password as an argument, which every process could see', async () => {
    const username = freshName();
    expect((await cli(['user', 'create', username, '--password', 'a-password-1'])).status).toBe(2);
    expect(await query(server, 'SELECT FROM users WHERE username = $1', [username])).toEqual([]);
  });

  it('refuses wrong input with status 2 and a name that is taken with 1, and leaves nothing behind', async () => {
    const username = freshName();
    const wrong: [string[], number, string][] = [
      [[username, '--email', 'nobody'], 2, 'email: must be an e-mail address'],
      [[username, '--role', 'two words'], 2, 'roles: '],
      [[username, '--password-stdin'], 2, 'password: must have 8 to 128 characters'],
      [['a@b'], 2, 'username: must not contain @'],
      [[], 2, "missing required argument 'username'"],
      [['ALICE'], 1, 'username: is already taken'],
      [[username, '--email', 'Alice@Example.com'], 1, 'email: is already taken'],
    ];
    for (const [args, status, message] of wrong) {
      const result = await cli(['user', 'create', ...args], 'short\n');
      expect([args, result.status, result.stdout]).toEqual([args, status, '']);
      expect(result.stderr).toContain(message);
    }
    expect(await query(server, 'SELECT FROM users WHERE username = $1', [username])).toEqual([]);
  });

  it('needs a password where one was promised', async () => {
    const { status, stderr } = await cli(['user', 'create', freshName(), '--password-stdin'], '');
    expect([status, stderr]).toEqual([2, 'Standard input holds no password.\n']);
  });
});

describe('user list', () => {
  it('lists the accounts by name, as a table and as JSON, without anything secret', async () => {
    const { stdout } = await cli(['user', 'list']);
    expect(stdout).toMatch(/^USERNAME +EMAIL +ROLES +CREATED +ID/);
    expect(stdout).toMatch(/^root +root@example.com +admin +\d{4}-/m);
    const users = JSON.parse((await cli(['user', 'list', '--json'])).stdout) as { username: string }[];
    const names = users.map(({ username }) => username);
    expect(names).toEqual([...names].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
    expect(names).toEqual(expect.arrayContaining(['alice', 'bob', 'root']));
    expect(JSON.stringify(users)).not.toMatch(/password|argon2/);
  });

  it('finds a part of a name or e-mail address', async () => {
    expect((await cli(['user', 'list', '--search', 'BOB@'])).stdout.trimEnd().split('\n')).toHaveLength(2);
    expect((await cli(['user', 'list', '--search', 'nobody at all'])).stdout).toBe('There are no such users.\n');
    expect((await cli(['user', 'list', '--search', 'nobody at all', '--json'])).stdout).toBe('[]\n');
  });
});

describe('user set-password and user disable', () => {
  it('end the sessions and tokens of the account at the running server', async () => {
    const username = freshName();
    await cli(['user', 'create', username, '--password-stdin'], 'first-password-1\n');
    const jar = await signIn(server, { username, password: 'first-password-1' });
    const tokens = (await tokensOf(username, 'first-password-1')) as TokenResponse;
    expect((await me(server, tokens.access_token)).status).toBe(200);

    const { status } = await cli(['user', 'set-password', username, '--password-stdin'], 'second-password-1\n');
    expect(status).toBe(0);
    expect((await me(server, tokens.access_token)).status).toBe(401);
    expect((await visit(jar, `${server.url}/account`)).status).toBe(303);
    expect(await tokensOf(username, 'first-password-1')).toBeUndefined();

    const again = (await tokensOf(username, 'second-password-1')) as TokenResponse;
    expect((await cli(['user', 'disable', username])).status).toBe(0);
    expect((await me(server, again.access_token)).status).toBe(401);
    expect(await tokensOf(username, 'second-password-1')).toBeUndefined();
    expect((await cli(['user', 'list', '--search', username])).stdout).toMatch(/ disabled$/m);

    expect((await cli(['user', 'enable', username])).status).toBe(0);
    expect(await tokensOf(username, 'second-password-1')).toBeDefined();
  });

  it('make a password that is shown once, also alone', async () => {
    const username = freshName();
    await cli(['user', 'create', username]);
    const { stdout } = await cli(['user', 'set-password', `${username}`, '--password-only']);
    expect(stdout).toMatch(/^[a-z0-9]{20}\n$/);
    await signIn(server, { username, password: stdout.trim() });
  });

  it('take a user name, an e-mail address or an id', async () => {
    const username = freshName();
    const created = await cli(['user', 'create', username, '--email', `${username}@example.com`, '--json']);
    const { id } = JSON.parse(created.stdout) as { id: string };
    for (const login of [username.toUpperCase(), `${username}@example.com`, id]) {
      const { stdout } = await cli(['user', 'disable', login, '--json']);
      expect(JSON.parse(stdout)).toEqual({ id, username, disabled: true });
    }
  });

  it('refuse a password that is too short with 2, and an account that is not there with 1, and change nothing', async () => {
    const short = await cli(['user', 'set-password', 'bob', '--password-stdin'], 'short\n');
    expect([short.status, short.stderr]).toEqual([
      2,
      expect.stringContaining('password: must have 8 to 128 characters'),
    ]);
    expect((await cli(['user', 'set-password', freshName()])).status).toBe(1);
    expect((await cli(['user', 'disable', freshName()])).status).toBe(1);
    await signIn(server, { username: 'bob', password: 'bob-password-1' });
  });
});
