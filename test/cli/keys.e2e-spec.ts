// Commands about the keys of the server.
// @see RFC 7517 §4.5 https://www.rfc-editor.org/rfc/rfc7517#section-4.5
import { decodeProtectedHeader } from 'jose';
import { type CliResult, runCli } from '../support/cli.js';
import { createDatabase, query } from '../support/database.js';
import { bootstrap, CLIENTS } from '../support/fixtures.js';
import { clientCredentials, introspect } from '../support/flow.js';
import { eventually } from '../support/eventually.js';
import { type RunningServer, startServer } from '../support/server.js';

import.meta.jest.setTimeout(120_000);

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'RSA-OAEP-256', 'ECDH-ES'];
const DAY = 86_400;

interface ListedKey {
  kid: string;
  algorithm: string;
  use: string;
  state: string;
  activates_at: number;
  retires_at: number | null;
  kept_until: number | null;
}

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ bootstrap: bootstrap() });
});

const cli = (...args: string[]): Promise<CliResult> => runCli(['keys', ...args], { database: server.database });

async function json<T>(...args: string[]): Promise<T> {
  const { status, stdout, stderr } = await cli(...args, '--json');
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as T;
}

/** The kids of one algorithm, by the state of the key; the last of each. */
async function kidsOf(algorithm: string): Promise<Record<string, string>> {
  const rows = await query<{ state: string; kid: string }>(
    server,
    `SELECT kid, CASE WHEN retires_at <= now() THEN 'retired' WHEN activates_at > now() THEN 'next' ELSE 'current' END AS state
     FROM signing_keys WHERE algorithm = $1 ORDER BY activates_at`,
    [algorithm],
  );
  return Object.fromEntries(rows.map(({ state, kid }) => [state, kid]));
}

const signed = async (): Promise<string> => (await clientCredentials(server, CLIENTS.machineJwt)).access_token;
const kidOf = (jwt: string): string | undefined => decodeProtectedHeader(jwt).kid;

async function publishedKids(): Promise<string[]> {
  const { keys } = (await (await fetch(`${server.url}/oauth/jwks`)).json()) as { keys: { kid: string }[] };
  return keys.map(({ kid }) => kid);
}

describe('keys list', () => {
  it('shows a key in use of each algorithm', async () => {
    const keys = await json<ListedKey[]>('list');
    expect(keys.map(({ algorithm }) => algorithm)).toEqual(ALGORITHMS);
    for (const key of keys) {
      expect(key).toMatchObject({ state: 'current', retires_at: null, kept_until: null });
      expect(key.use).toBe(ALGORITHMS.indexOf(key.algorithm) < 4 ? 'sig' : 'enc');
    }
    expect(keys.map(({ kid }) => kid)).toEqual(await publishedKids());
  });

  it('is a table for people', async () => {
    const { stdout } = await cli('list');
    expect(stdout).toMatch(/^KID +ALGORITHM +USE +STATE +IN USE FROM +UNTIL +KEPT UNTIL\n/);
    for (const kid of await publishedKids()) expect(stdout).toContain(kid);
  });

  it('says where there are none', async () => {
    const { stdout } = await runCli(['keys', 'list'], { database: await createDatabase({ empty: true }) });
    expect(stdout).toBe('There are no keys: the server makes them when it starts.\n');
  });

  it('shows nothing private', async () => {
    const sealed = await query<{ private_key_sealed: string }>(server, 'SELECT private_key_sealed FROM signing_keys');
    const { stdout } = await cli('list', '--json');
    for (const { private_key_sealed } of sealed) expect(stdout).not.toContain(private_key_sealed);
  });
});

describe('keys rotate', () => {
  it('publishes the next key, which takes over a day later; asked again, it is the same one', async () => {
    const before = await signed();
    const asked = Date.now() / 1000;
    const [next] = await json<ListedKey[]>('rotate', '--algorithm', 'ES256');
    expect(await json('rotate', '--algorithm', 'ES256')).toEqual([next]);
    expect(next.activates_at - asked).toBeGreaterThan(DAY - 60);
    const keys = (await json<ListedKey[]>('list')).filter(({ algorithm }) => algorithm === 'ES256');
    expect(keys).toEqual([
      expect.objectContaining({ kid: next.kid, state: 'next', activates_at: next.activates_at, retires_at: null }),
      expect.objectContaining({ kid: kidOf(before), state: 'current', retires_at: next.activates_at }),
    ]);
    expect(await publishedKids()).toEqual(expect.arrayContaining([next.kid, kidOf(before)]));
    expect(kidOf(await signed())).toBe(kidOf(before));
  });

  it('--now has the next key take over at once; what the former key signed stays valid', async () => {
    const before = await signed();
    const { next } = await kidsOf('ES256');
    const { status, stdout } = await cli('rotate', '--algorithm', 'ES256', '--now');
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^KID +ALGORITHM +USE +IN USE FROM\\n${next} +ES256 +sig +\\d{4}-`));
    await eventually(async () => kidOf(await signed()) === next);
    expect(await introspect(server, before)).toMatchObject({ active: true });
    expect(await publishedKids()).toEqual(expect.arrayContaining([next, kidOf(before)]));
    expect((await kidsOf('ES256')).retired).toBe(kidOf(before));
  });

  it('rotates every key when no algorithm is named', async () => {
    const before = await publishedKids();
    const made = await json<ListedKey[]>('rotate', '--now');
    expect(made.map(({ algorithm }) => algorithm)).toEqual(ALGORITHMS);
    for (const { kid } of made) expect(before).not.toContain(kid);
    await eventually(async () => kidOf(await signed()) === made[2].kid);
  });
});

describe('keys drop', () => {
  it('ends a key and all that it signed, and another one takes over', async () => {
    const forged = await signed();
    const kid = kidOf(forged)!;
    const { status, stdout, stderr } = await cli('drop', kid);
    expect([status, stderr]).toEqual([0, '']);
    const successor = /^The ES256 key was dropped\. (\S+) has taken over\.\n$/.exec(stdout)?.[1];
    await eventually(async () => (await introspect(server, forged)).active === false);
    expect(kidOf(await signed())).toBe(successor);
    expect(await publishedKids()).not.toContain(kid);
    expect(await query(server, 'SELECT FROM signing_keys WHERE kid = $1', [kid])).toEqual([]);
  });

  it('of a key that is not in use needs no successor', async () => {
    const { retired: kid } = await kidsOf('RS256');
    expect(await json('drop', kid)).toEqual({ kid, algorithm: 'RS256', dropped: true, successor: null });
    expect((await kidsOf('RS256')).retired).toBeUndefined();
  });

  it('of the next key leaves the present one in use', async () => {
    const { current } = await kidsOf('EdDSA');
    const [next] = await json<ListedKey[]>('rotate', '--algorithm', 'EdDSA');
    expect(await json('drop', next.kid)).toMatchObject({ successor: null });
    const { next: none, ...left } = await kidsOf('EdDSA');
    expect([none, left.current]).toEqual([undefined, current]);
    expect(
      await query(server, 'SELECT FROM signing_keys WHERE kid = $1 AND retires_at IS NULL', [current]),
    ).toHaveLength(1);
  });

  it('of the present key has the next one take over before its time', async () => {
    const { current } = await kidsOf('PS256');
    const [next] = await json<ListedKey[]>('rotate', '--algorithm', 'PS256');
    expect(await json('drop', current)).toMatchObject({ successor: next.kid });
    expect((await kidsOf('PS256')).current).toBe(next.kid);
  });

  it('is refused with status 1 when there is no such key', async () => {
    expect(await cli('drop', 'unknown')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'There is no such key: `keys list` shows those that there are.\n',
    });
  });
});
