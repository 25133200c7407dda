// Who may register: everybody, who has an initial access token, or nobody.
// @see RFC 7591 §3 https://www.rfc-editor.org/rfc/rfc7591#section-3
import { runCli } from '../support/cli.js';
import { administer } from '../support/clients.js';
import { query } from '../support/database.js';
import { bootstrap } from '../support/fixtures.js';
import { openidConfiguration } from '../support/openid.js';
import { manage, METADATA, postMetadata, refusal, register } from '../support/registration.js';
import { type RunningServer, startServer } from '../support/server.js';

import.meta.jest.setTimeout(60_000);

interface Created {
  id: string;
  token: string;
  uses: number;
  max_uses?: number;
  created_at: number;
  expires_at: number;
}

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ bootstrap: bootstrap(), env: { REGISTRATION: 'token' } });
});

async function createToken(body: object = {}): Promise<Created> {
  const response = await administer(server, 'POST', '/api/registration-tokens', body);
  expect(response.status).toBe(201);
  return (await response.json()) as Created;
}
const list = async (): Promise<Created[]> => {
  const response = await administer(server, 'GET', '/api/registration-tokens?limit=200');
  return ((await response.json()) as { items: Created[] }).items;
};
const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });
const tryWith = async (token: string): Promise<number> => (await postMetadata(server, METADATA, bearer(token))).status;

describe('REGISTRATION=token', () => {
  it('refuses who has none, with a challenge (RFC 6750 §3)', async () => {
    const response = await postMetadata(server, METADATA);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="registration"');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it.each(['unknown', 'x'.repeat(48)])('refuses one that nobody made (%s)', async (token) => {
    const response = await postMetadata(server, METADATA, bearer(token));
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  it('refuses one in the URL (RFC 9700 §4.3.2)', async () => {
    const { token } = await createToken();
    const response = await fetch(`${server.url}/oauth/register?access_token=${token}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(METADATA),
    });
    expect((await refusal(response)).slice(0, 2)).toEqual([400, 'invalid_request']);
  });

  it('refuses an access token, whatever its scope', async () => {
    const { access_token: token } = (await (
      await fetch(`${server.url}/oauth/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from('administrator:' + 'administrator-secret-'.padEnd(40, '0')).toString('base64')}`,
        },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'clients:write' }),
      })
    ).json()) as { access_token: string };
    expect(await tryWith(token)).toBe(401);
  });

  it('takes one that an administrator made, as often as it is said', async () => {
    const { id, token } = await createToken({ max_uses: 2 });
    expect([await tryWith(token), await tryWith(token), await tryWith(token)]).toEqual([201, 201, 401]);
    expect((await list()).find((one) => one.id === id)).toMatchObject({ uses: 2, max_uses: 2 });
    const read = await administer(server, 'GET', `/api/registration-tokens/${id}`);
    expect(await read.json()).toMatchObject({ id, uses: 2, max_uses: 2 });
  });

  it('has as many winners as there are uses left, of many at once', async () => {
    const { token } = await createToken({ max_uses: 3 });
    const statuses = await Promise.all(Array.from({ length: 12 }, () => tryWith(token)));
    expect(statuses.filter((status) => status === 201)).toHaveLength(3);
    expect(statuses.filter((status) => status === 401)).toHaveLength(9);
  });

  it('does not count a registration that was refused', async () => {
    const { token } = await createToken({ max_uses: 1 });
    expect((await postMetadata(server, { redirect_uris: ['x'] }, bearer(token))).status).toBe(400);
    expect(await tryWith(token)).toBe(201);
  });

  it('gives no right that open registration does not give', async () => {
    const { token } = await createToken();
    const response = await postMetadata(server, { ...METADATA, skip_consent: true }, bearer(token));
    expect((await refusal(response)).slice(0, 2)).toEqual([400, 'invalid_client_metadata']);
  });

  it('ends at its time', async () => {
    const { id, token } = await createToken({ expires_in: 60 });
    await query(server, `UPDATE initial_access_tokens SET expires_at = now() WHERE id = $1`, [id]);
    expect(await tryWith(token)).toBe(401);
    expect((await list()).map((one) => one.id)).not.toContain(id);
  });

  it('ends when it is revoked, and who registered with it stays', async () => {
    const { id, token } = await createToken();
    const client = await register(server, METADATA, bearer(token));
    expect((await administer(server, 'DELETE', `/api/registration-tokens/${id}`)).status).toBe(204);
    expect((await administer(server, 'DELETE', `/api/registration-tokens/${id}`)).status).toBe(404);
    expect(await tryWith(token)).toBe(401);
    expect((await manage(client, 'GET')).status).toBe(200);
  });

  it('is stored as its hash', async () => {
    const { id, token } = await createToken();
    const stored = await query(server, 'SELECT to_jsonb(t) AS row FROM initial_access_tokens t WHERE id = $1', [id]);
    expect(stored).toHaveLength(1);
    expect(JSON.stringify(stored)).not.toContain(token);
    expect(JSON.stringify(await list())).not.toContain(token);
  });

  it.each([{ expires_in: 0 }, { expires_in: '60' }, { max_uses: 0 }, { max_uses: 1.5 }, { other: 1 }])(
    'is not made of %j',
    async (body) => {
      expect((await administer(server, 'POST', '/api/registration-tokens', body)).status).toBe(400);
    },
  );

  it('lists pages, and refuses a position that is none', async () => {
    await createToken();
    await createToken();
    const first = (await (await administer(server, 'GET', '/api/registration-tokens?limit=1')).json()) as {
      items: Created[];
      next: string;
    };
    const second = (await (
      await administer(server, 'GET', `/api/registration-tokens?limit=1&after=${first.next}`)
    ).json()) as { items: Created[] };
    expect(second.items[0].id).not.toBe(first.items[0].id);
    const bad = Buffer.from('[1,"x"]').toString('base64url');
    expect((await administer(server, 'GET', `/api/registration-tokens?after=${bad}`)).status).toBe(400);
  });
});

describe('the command line', () => {
  const cli = (...args: string[]): ReturnType<typeof runCli> =>
    runCli(['registration-token', ...args], { database: server.database });

  it('makes, lists and revokes tokens', async () => {
    const made = await cli('create', '--max-uses', '1', '--expires-in', '3600', '--json');
    const { id, token, expires_at: end } = JSON.parse(made.stdout) as Created;
    expect(Math.abs(end - 3600 - Date.now() / 1000)).toBeLessThan(300);
    expect(await tryWith(token)).toBe(201);
    const listed = JSON.parse((await cli('list', '--json')).stdout) as Created[];
    expect(listed.find((one) => one.id === id)).toMatchObject({ uses: 1, max_uses: 1 });
    expect((await cli('list')).stdout).toContain(id);
    expect((await cli('revoke', id)).status).toBe(0);
    expect(await cli('revoke', id)).toMatchObject({ status: 1, stdout: '' });
  });

  it('prints the token alone for a script, and in words for people', async () => {
    const alone = (await cli('create', '--token-only')).stdout.trim();
    expect(await tryWith(alone)).toBe(201);
    expect((await cli('create')).stdout).toMatch(/shown this one time:\n\n {2}token +[\w-]{48}\n/);
  });

  it.each([
    ['--max-uses', '0'],
    ['--max-uses', 'many'],
    ['--expires-in', '-1'],
  ])('refuses %s %s', async (option, value) => {
    const { status, stderr } = await cli('create', `${option}=${value}`);
    expect([status, stderr]).toEqual([2, expect.stringContaining('must be a whole number')]);
  });
});

describe('REGISTRATION=open', () => {
  it('takes a good token as well, and refuses a bad one', async () => {
    const open = await startServer({ database: server.database, env: { REGISTRATION: 'open' } });
    const { token } = await createToken({ max_uses: 1 });
    expect((await postMetadata(open, METADATA)).status).toBe(201);
    expect((await postMetadata(open, METADATA, bearer(token))).status).toBe(201);
    expect((await postMetadata(open, METADATA, bearer(token))).status).toBe(401);
    await open.stop();
  });
});

describe('REGISTRATION=off', () => {
  it('has no endpoint, and says so in the metadata', async () => {
    const { token } = await createToken();
    const client = await register(server, METADATA, bearer(token));
    const off = await startServer({ database: server.database, env: { REGISTRATION: 'off' } });
    expect((await refusal(await postMetadata(off, METADATA))).slice(0, 2)).toEqual([404, 'not_found']);
    expect((await postMetadata(off, METADATA, bearer(token))).status).toBe(404);
    const uri = `${off.url}/oauth/register/${client.client_id}`;
    expect((await manage({ ...client, registration_client_uri: uri }, 'GET')).status).toBe(404);
    expect(await openidConfiguration(off)).not.toHaveProperty('registration_endpoint');
    await off.stop();
  });
});
