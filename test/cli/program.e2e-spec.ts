// The command line interface as a whole: help, exit statuses, its environment, and the database that it works on.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { closeAll } from '../support/cleanup.js';
import { childEnvironment, runCli } from '../support/cli.js';
import { createDatabase, query } from '../support/database.js';
import { clientCredentials } from '../support/flow.js';
import { startServer } from '../support/server.js';
import { ROOT, runState, SECRET_KEYS } from '../support/state.js';

import.meta.jest.setTimeout(120_000);
afterEach(closeAll);

const COMMANDS = [
  'client create', 'client list', 'client show', 'client rotate-secret', 'client delete',
  'user create', 'user list', 'user set-password', 'user disable', 'user enable',
  'token issue', 'token introspect', 'token revoke', 'db migrate', 'keys list', 'keys rotate', 'keys drop',
  'registration-token create', 'registration-token list', 'registration-token revoke',
]; // prettier-ignore

describe('help', () => {
  it('names every command, and every group its own', async () => {
    const { status, stdout } = await runCli(['--help']);
    expect(status).toBe(0);
    for (const group of new Set(COMMANDS.map((command) => command.split(' ')[0]))) {
      expect(stdout).toMatch(new RegExp(`^ {2}${group} `, 'm'));
      const { stdout: commands } = await runCli([group, '--help']);
      for (const command of COMMANDS.filter((one) => one.startsWith(`${group} `))) {
        expect(commands).toMatch(new RegExp(`^ {2}${command.split(' ')[1]} `, 'm'));
      }
    }
  });

  it('of every command has examples that call it, and --json', async () => {
    for (const command of COMMANDS) {
      const { status, stdout, stderr } = await runCli([...command.split(' '), '--help']);
      expect([command, status, stderr]).toEqual([command, 0, '']);
      expect(stdout).toMatch(new RegExp(`Examples:\\n.*npm run cli -- ${command}`, 's'));
      expect(stdout).toContain('--json');
    }
  });

  it('tells the version of the package', async () => {
    expect((await runCli(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
  });
});

describe('the exit status', () => {
  it.each([
    [['clients'], "unknown command 'clients'"],
    [['client', 'make'], "unknown command 'make'"],
    [['client', 'list', '--yaml'], "unknown option '--yaml'"],
    [['client', 'show', '-an-id'], 'Write `--` before a value that begins with "-"'],
    [['client', 'show'], "missing required argument 'client_id'"],
    [
      ['keys', 'rotate', '--algorithm', 'HS256'],
      'Allowed choices are RS256, PS256, ES256, EdDSA, RSA-OAEP-256, ECDH-ES',
    ],
    [['keys', 'drop'], "missing required argument 'kid'"],
    [['client'], 'Usage: nest-authorization-server client'],
    [[], 'Usage: nest-authorization-server'],
  ])('is 2, with nothing on standard output, for %j', async (args, message) => {
    const { status, stdout, stderr } = await runCli(args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('is 1 when the environment has faults, named all at once without their values', async () => {
    const env = { PORT: 'canary', LOG_LEVEL: 'canary', SECRET_KEYS: 'canary' };
    const { status, stdout, stderr } = await runCli(['user', 'list'], { env });
    expect([status, stdout]).toEqual([1, '']);
    for (const name of ['PORT', 'LOG_LEVEL', 'SECRET_KEYS']) expect(stderr).toContain(`- ${name} must `);
    expect(stderr).not.toContain('canary');
  });

  it('is 1 in production without its secrets', async () => {
    const { status, stderr } = await runCli(['user', 'list'], {
      env: { NODE_ENV: 'production', SECRET_KEYS: undefined },
    });
    expect([status, stderr]).toEqual([1, expect.stringMatching(/ISSUER must be set[^]*SECRET_KEYS must be set/)]);
  });
});

describe('whoever reads the output and has read enough', () => {
  it.each([
    ['standard output', 'stdout', ['client', 'list', '--json'], 0],
    ['standard error', 'stderr', ['clients'], 2],
  ] as const)(
    'closes %s, and the command ends without a stack trace, as it would have',
    async (_, stream, args, status) => {
      const database = await createDatabase();
      const child = spawn(process.execPath, [join(ROOT, 'dist', 'standalone', 'cli.js'), ...args], {
        env: childEnvironment({ DATABASE_URL: database, SECRET_KEYS }),
        stdio: 'pipe',
      });
      let said = '';
      for (const one of [child.stdout, child.stderr])
        one.setEncoding('utf8').on('data', (text: string) => (said += text));
      child[stream].destroy();
      expect(await new Promise((done) => child.once('close', done))).toBe(status);
      expect(said).toBe('');
    },
  );
});

describe('db migrate', () => {
  it('brings an empty database up to date, once', async () => {
    const database = await createDatabase({ empty: true });
    expect((await runCli(['db', 'migrate'], { database })).stdout).toMatch(/^Applied \d+ migrations?\.\n$/);
    expect(await query({ database }, 'SELECT FROM users')).toEqual([]);
    expect((await runCli(['db', 'migrate'], { database })).stdout).toBe('The database is up to date.\n');
    expect((await runCli(['db', 'migrate', '--json'], { database })).stdout).toBe('{\n  "applied": 0\n}\n');
  });

  it('is not needed before another command', async () => {
    const database = await createDatabase({ empty: true });
    const { status, stdout } = await runCli(['client', 'list', '--json'], { database });
    expect([status, stdout]).toEqual([0, '[]\n']);
  });
});

describe('the embedded database', () => {
  it('is started for the command where no server runs, and stopped after it; what was done stays', async () => {
    const env = { DATA_DIR: mkdtempSync(join(runState().directory, 'cli-data-')), SECRET_KEYS: undefined };
    const created = await runCli(['user', 'create', 'first', '--role', 'admin', '--password-stdin'], {
      env,
      input: 'first-password\n',
    });
    expect([created.status, created.stderr]).toEqual([0, expect.stringContaining('Making the database …')]);
    const listed = await runCli(['user', 'list', '--json'], { env });
    expect(JSON.parse(listed.stdout)).toMatchObject([{ username: 'first', roles: ['admin'] }]);
    // Its data directory is free again for a server, which finds somebody there and creates nobody.
    const server = await startServer({ env: { ...env, DATABASE_URL: undefined }, dataDir: env.DATA_DIR });
    expect(server.logs()).not.toContain('Password');
    expect(await server.stop()).toBe(0);
  });

  it('of a running server is joined: the server hears of the change at once and goes on', async () => {
    const server = await startServer({ env: { DATABASE_URL: undefined } });
    const env = { DATA_DIR: server.dataDir, PORT: String(server.port) };
    const args = [
      'client',
      'create',
      '--id',
      'job',
      '--grant',
      'client_credentials',
      '--scope',
      'read',
      '--secret-only',
    ];
    const { status, stdout } = await runCli(args, { env });
    expect(status).toBe(0);
    const client = { client_id: 'job', client_secret: stdout.trim() };
    expect((await clientCredentials(server, client)).scope).toBe('read');
    await runCli(['client', 'list'], { env });
    expect((await clientCredentials(server, client)).scope).toBe('read');
    expect(await server.stop()).toBe(0);
  });
});
