// Commands about clients.
// @see RFC 7591 §2 https://www.rfc-editor.org/rfc/rfc7591#section-2
import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CliResult, runCli } from '../support/cli.js';
import { query } from '../support/database.js';
import { clientCredentials, introspect, tokenRequest } from '../support/flow.js';
import { sharedServer } from '../support/server.js';
import { runState } from '../support/state.js';

import.meta.jest.setTimeout(90_000);

const server = sharedServer();
const MACHINE = ['--grant', 'client_credentials', '--scope', 'read write'];

const freshId = (): string => `cli-${randomBytes(6).toString('hex')}`;

function cli(args: string[], input?: string): Promise<CliResult> {
  return runCli(args, { database: server.database, env: { ISSUER: server.issuer }, input });
}

async function json(args: string[], input?: string): Promise<Record<string, unknown>> {
  const { status, stdout, stderr } = await cli([...args, '--json'], input);
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** Which of the clients exist? */
async function existing(...clientIds: string[]): Promise<string[]> {
  const rows = await query<{ client_id: string }>(server, 'SELECT client_id FROM clients WHERE client_id = ANY ($1)', [
    clientIds,
  ]);
  return rows.map(({ client_id }) => client_id);
}

describe('client create', () => {
  it('makes a machine, whose secret is shown once with a command that gets a token', async () => {
    const id = freshId();
    const { status, stdout, stderr } = await cli(['client', 'create', '--id', id, '--name', 'A machine', ...MACHINE]);
    expect([status, stderr]).toEqual([0, '']);
    const secret = /client_secret +(\S{43})$/m.exec(stdout)?.[1] as string;
    expect(stdout).toContain(`curl -u "${id}:${secret}" -d grant_type=client_credentials ${server.issuer}/oauth/token`);
    expect((await clientCredentials(server, { client_id: id, client_secret: secret })).scope).toBe('read write');
    expect((await cli(['client', 'show', id])).stdout).not.toContain(secret);
  });

  it('makes a web application from options, with the vocabulary of registration', async () => {
    const client = await json([
      ...[
        'client',
        'create',
        '--name',
        'Shop',
        '--redirect-uri',
        'https://a.example/1',
        '--redirect-uri',
        'https://a.example/2',
      ],
      ...['--grant', 'authorization_code,refresh_token', '--scope', 'openid profile', '--default-scope', 'profile'],
      ...['--auth-method', 'client_secret_post', '--skip-consent'],
    ]);
    expect(client).toMatchObject({
      client_id: expect.stringMatching(/^\S{24}$/),
      client_secret: expect.stringMatching(/^\S{43}$/),
      client_name: 'Shop',
      redirect_uris: ['https://a.example/1', 'https://a.example/2'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      scope: 'openid profile',
      default_scope: 'profile',
      token_endpoint_auth_method: 'client_secret_post',
      skip_consent: true,
    });
  });

  it('makes a public client, which has no secret', async () => {
    const client = await json(['client', 'create', '--public', '--redirect-uri', 'https://spa.example/cb']);
    expect(client).toMatchObject({ token_endpoint_auth_method: 'none' });
    expect(client).not.toHaveProperty('client_secret');
  });

  it('makes a client that authenticates with its private key, which has no secret', async () => {
    const uri = 'https://job.example/jwks.json';
    const client = await json(['client', 'create', ...MACHINE, '--auth-method', 'private_key_jwt', '--jwks-uri', uri]);
    expect(client).toMatchObject({ token_endpoint_auth_method: 'private_key_jwt', jwks_uri: uri });
    expect(client).not.toHaveProperty('client_secret');
  });

  it('makes a resource server, which introspects', async () => {
    const { client_id, client_secret } = await json(['client', 'create', '--resource-server']);
    const { access_token } = await clientCredentials(server);
    const api = { client_id: client_id as string, client_secret: client_secret as string };
    expect(await introspect(server, access_token, api)).toMatchObject({ active: true });
  });

  it('takes any metadata from a file or standard input; options go before it', async () => {
    const metadata = {
      client_name: 'From a file',
      grant_types: ['client_credentials'],
      scope: 'read',
      access_token_lifetime: 60,
      'client_name#de': 'Aus einer Datei',
      backchannel_logout_uri: 'https://client.example/out',
    };
    const file = join(mkdtempSync(join(runState().directory, 'cli-')), 'client.json');
    writeFileSync(file, JSON.stringify(metadata));
    const fromFile = await json(['client', 'create', '--metadata', file, '--name', 'Renamed']);
    expect(fromFile).toMatchObject({ ...metadata, client_name: 'Renamed' });
    const fromInput = await json(
      ['client', 'create', '--metadata', '-'],
      'grant_types: [client_credentials]\nscope: read\n',
    );
    expect(fromInput).toMatchObject({ grant_types: ['client_credentials'], scope: 'read' });
  });

  it('takes a secret from standard input, and with --secret-only prints nothing else', async () => {
    const [given, made] = [freshId(), freshId()];
    const secret = randomBytes(24).toString('hex');
    const first = await cli(
      ['client', 'create', '--id', given, ...MACHINE, '--secret-stdin', '--secret-only'],
      `${secret}\n`,
    );
    expect(first).toEqual({ status: 0, stdout: `${secret}\n`, stderr: '' });
    const second = await cli(['client', 'create', '--id', made, ...MACHINE, '--secret-only']);
    expect(second.stdout).toMatch(/^\S{43}\n$/);
    for (const [client_id, client_secret] of [
      [given, secret],
      [made, second.stdout.trim()],
    ]) {
      expect((await clientCredentials(server, { client_id, client_secret })).token_type).toBe('Bearer');
    }
  });

  it('keeps a grant type that this server does not have, with a warning', async () => {
    const { status, stderr } = await cli([
      'client',
      'create',
      '--id',
      freshId(),
      '--grant',
      'client_credentials,urn:example:other',
    ]);
    expect([status, stderr]).toEqual([
      0,
      expect.stringContaining('grant_types[1]: this server has no such grant type'),
    ]);
  });

  it('refuses wrong input with status 2, every fault at once, and leaves nothing behind', async () => {
    const id = freshId();
    const wrong: [string[], string | RegExp][] = [
      [['--redirect-uri', 'http://evil.example/cb', '--scope', 'a"b'], /redirect_uris\[0\]: [^]*scope: /],
      [['--name', 'No redirect'], 'redirect_uris: must hold at least one URI'],
      [
        ['--public', '--grant', 'client_credentials'],
        'grant_types: must not hold client_credentials for a public client',
      ],
      [['--public', '--auth-method', 'client_secret_post'], '--public and --auth-method contradict each other'],
      [['--resource-server', '--grant', 'password'], '--resource-server and --grant contradict each other'],
      [[...MACHINE, '--secret-stdin'], 'client_secret: must have 32 to 512 characters'],
      [[...MACHINE, '--metadata', '/nowhere.json'], '--metadata: the file cannot be read: ENOENT'],
      [
        ['--public', '--redirect-uri', 'https://a.example/', '--secret-only'],
        '--secret-only: this client has no secret',
      ],
      [['--grants', 'password'], "unknown option '--grants'"],
      [[...MACHINE, 'stray'], 'too many arguments'],
    ];
    for (const [args, message] of wrong) {
      const { status, stdout, stderr } = await cli(['client', 'create', '--id', id, ...args], 'too short\n');
      expect([args, status, stdout]).toEqual([args, 2, '']);
      expect(stderr).toMatch(message);
    }
    expect(await existing(id)).toEqual([]);
  });

  it('refuses an id that is taken with status 1, and leaves the other client as it was', async () => {
    const { status, stderr } = await cli(['client', 'create', '--id', 'machine', '--grant', 'client_credentials']);
    expect([status, stderr]).toEqual([1, 'client_id: is already taken\n']);
    expect((await clientCredentials(server)).scope).toBe('read write');
  });
});

describe('client list and client show', () => {
  it('list the clients, oldest first, as a table and as JSON', async () => {
    const { stdout } = await cli(['client', 'list']);
    const [titles, ...rows] = stdout.trimEnd().split('\n');
    expect(titles).toMatch(/^CLIENT_ID +NAME +GRANT TYPES +AUTHENTICATION +CREATED/);
    expect(rows.find((row) => row.startsWith('web '))).toMatch(
      /Web App +authorization_code refresh_token +client_secret_basic +\d{4}-/,
    );
    const listed = (await json(['client', 'list'])) as unknown as { client_id: string; client_id_issued_at: number }[];
    expect(listed.map(({ client_id }) => client_id)).toEqual(expect.arrayContaining(['web', 'machine', 'api']));
    const times = listed.map(({ client_id_issued_at: at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(JSON.stringify(listed)).not.toContain('secret-0');
  });

  it('show one client, never a secret', async () => {
    const { status, stdout } = await cli(['client', 'show', 'web']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}client_name +Web App$/m);
    expect(stdout).toMatch(/^ {2}live_secrets +1$/m);
    expect(await json(['client', 'show', 'web'])).toMatchObject({
      client_id: 'web',
      default_scope: 'profile read',
    });
  });

  it('show a name that somebody chose without what would move the cursor', async () => {
    const id = freshId();
    await cli(['client', 'create', '--id', id, '--name', 'a\u001b[2J\u202eb', ...MACHINE]);
    for (const args of [
      ['client', 'list'],
      ['client', 'show', id],
    ]) {
      const { stdout } = await cli(args);
      expect(stdout).toContain('a\ufffd[2J\ufffdb');
      expect(stdout).not.toContain('\u001b');
    }
  });

  it('fail with status 1 for a client that is not there', async () => {
    expect(await cli(['client', 'show', 'nobody'])).toEqual({
      status: 1,
      stdout: '',
      stderr: 'There is no such client.\n',
    });
  });
});

describe('client rotate-secret', () => {
  it('gives a new secret at once to the running server; the old one still works for the overlap', async () => {
    const client = (await json(['client', 'create', ...MACHINE])) as { client_id: string; client_secret: string };
    const { stdout } = await cli(['client', 'rotate-secret', client.client_id]);
    const client_secret = /^ {2}(\S{43})$/m.exec(stdout)?.[1];
    for (const one of [client, { ...client, client_secret }]) {
      expect((await clientCredentials(server, one)).token_type).toBe('Bearer');
    }
    const third = await json(['client', 'rotate-secret', client.client_id, '--overlap', '0']);
    const refused = await tokenRequest(server, { ...client, client_secret }, { grant_type: 'client_credentials' });
    expect(refused.status).toBe(401);
    expect((await clientCredentials(server, { ...client, client_secret: third.client_secret as string })).scope).toBe(
      'read write',
    );
  });

  it('refuses what makes no sense', async () => {
    const spa = await cli(['client', 'rotate-secret', 'spa']);
    expect([spa.status, spa.stderr]).toEqual([1, 'The client does not authenticate with a secret.\n']);
    expect((await cli(['client', 'rotate-secret', 'nobody'])).status).toBe(1);
    expect((await cli(['client', 'rotate-secret', 'web', '--overlap', '-1'])).status).toBe(2);
    expect((await cli(['client', 'rotate-secret'])).status).toBe(2);
  });
});

describe('client delete', () => {
  it('ends the client and its tokens at once', async () => {
    const client = (await json(['client', 'create', ...MACHINE])) as { client_id: string; client_secret: string };
    const { access_token } = await clientCredentials(server, client);
    expect(await introspect(server, access_token)).toMatchObject({ active: true });
    const { status, stdout } = await cli(['client', 'delete', client.client_id, '--yes']);
    expect([status, stdout]).toEqual([0, 'The client was deleted.\n']);
    expect(await introspect(server, access_token)).toEqual({ active: false });
    expect((await tokenRequest(server, client, { grant_type: 'client_credentials' })).status).toBe(401);
    expect(await existing(client.client_id)).toEqual([]);
    expect((await cli(['client', 'delete', client.client_id])).status).toBe(1);
  });
});
