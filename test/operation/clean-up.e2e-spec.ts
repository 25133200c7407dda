// What has expired is removed by a running server, in small batches, and what is still needed stays.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { query } from '../support/database.js';
import { bootstrap, CLIENTS } from '../support/fixtures.js';
import { clientCredentials, introspect } from '../support/flow.js';
import { type RunningServer, startServer } from '../support/server.js';

const LONG_AGO = "now() - interval '2 days'";

let server: RunningServer;
let keptToken: string;
let sessionGrant: string;

const count = async (sql: string): Promise<number> =>
  Number((await query<{ n: string }>(server, `SELECT count(*) AS n FROM ${sql}`))[0].n);

async function until(expected: number, sql: string): Promise<void> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; await sleep(50)) {
    if ((await count(sql)) === expected) return;
  }
  expect(await count(sql)).toBe(expected);
}

beforeAll(async () => {
  const before = await startServer({ bootstrap: bootstrap() });
  keptToken = (await clientCredentials(before)).access_token;
  await before.stop();
  const insert = (sql: string, values?: unknown[]): Promise<Record<string, unknown>[]> => query(before, sql, values);

  // More than one batch of each.
  const [{ id: grant }] = await insert(
    `INSERT INTO grants (client_id, scope, expires_at) VALUES ('machine', 'read', now() + interval '1 hour') RETURNING id`,
  );
  await insert(
    `INSERT INTO access_tokens (grant_id, expires_at, lifetime, token_key)
     SELECT $1, ${LONG_AGO}, 60, sha256(('expired access' || n)::bytea) FROM generate_series(1, 1700) n`,
    [grant],
  );
  await insert(
    `INSERT INTO refresh_tokens (grant_id, expires_at, token_key)
     SELECT $1, ${LONG_AGO}, sha256(('expired refresh' || n)::bytea) FROM generate_series(1, 600) n`,
    [grant],
  );
  await insert(
    `INSERT INTO refresh_tokens (grant_id, expires_at, rotated_at, token_key)
     VALUES ($1, now() + interval '1 day', ${LONG_AGO}, sha256('rotated'))`,
    [grant],
  );
  await insert(
    `INSERT INTO authorization_codes (code_key, grant_id, client_id, expires_at) VALUES
       (sha256('old'), $1, 'web', ${LONG_AGO}), (sha256('recent'), $1, 'web', now() - interval '1 hour')`,
    [grant],
  );
  await insert(
    `INSERT INTO finished_interactions VALUES (gen_random_uuid(), ${LONG_AGO}), (gen_random_uuid(), now() + interval '1 hour')`,
  );
  const grants = await insert(
    `INSERT INTO grants (client_id, scope, expires_at) VALUES ('web', 'dead', ${LONG_AGO}), ('web', 'in use', ${LONG_AGO}) RETURNING id`,
  );
  await insert(
    `INSERT INTO used_assertions SELECT sha256(('assertion' || n)::bytea), ${LONG_AGO} FROM generate_series(1, 600) n
     UNION ALL SELECT sha256('fresh assertion'), now() + interval '1 hour'`,
  );
  await insert(
    `INSERT INTO access_tokens (grant_id, expires_at, lifetime, token_key) VALUES ($1, now() + interval '1 hour', 60, sha256('alive'))`,
    [grants[1].id],
  );
  await insert(`INSERT INTO sign_in_failures VALUES ($1, 9, ${LONG_AGO}, now()), ($2, 1, now(), now())`, [
    randomBytes(32),
    randomBytes(32),
  ]);
  await insert(
    `INSERT INTO sessions (session_key, user_id, expires_at)
     SELECT sha256(('session' || n)::bytea), id, ${LONG_AGO} FROM users, generate_series(1, 700) n WHERE username = 'bob'`,
  );
  const [live] = await insert(
    `INSERT INTO sessions (session_key, user_id, expires_at)
     SELECT sha256('live'), id, now() + interval '1 hour' FROM users WHERE username = 'bob' RETURNING id, user_id`,
  );
  const [bound] = await insert(
    `INSERT INTO grants (client_id, user_id, scope, session_id, session_bound, expires_at)
     SELECT 'web', user_id, 'openid', id, true, now() + interval '1 hour' FROM sessions WHERE session_key = sha256('session7') RETURNING id`,
  );
  await insert(
    `INSERT INTO grants (client_id, user_id, scope, session_id, session_bound, expires_at)
     VALUES ('web', $1, 'live session', $2, true, now() + interval '1 hour')`,
    [live.user_id, live.id],
  );
  sessionGrant = bound.id as string;
  server = await startServer({ database: before.database, bootstrap: bootstrap() });
}, 60_000);

describe('clean-up', () => {
  it('removes expired access tokens, batch after batch', async () => {
    await until(0, 'access_tokens WHERE expires_at < now()');
  });

  it('removes used assertions that have ended, and remembers the others', async () => {
    await until(1, 'used_assertions');
    expect(await count(`used_assertions WHERE assertion_key = sha256('fresh assertion')`)).toBe(1);
  });

  it('leaves tokens that are good', async () => {
    expect(await introspect(server, keptToken, CLIENTS.machine)).toMatchObject({ active: true });
  });

  it('removes expired refresh tokens, and keeps replaced ones, whose second use must be noticed', async () => {
    await until(0, 'refresh_tokens WHERE expires_at < now()');
    expect(await count(`refresh_tokens WHERE token_key = sha256('rotated')`)).toBe(1);
  });

  it('removes codes a day after their end, for a second use is noticed until then', async () => {
    await until(1, 'authorization_codes');
    expect(await count(`authorization_codes WHERE code_key = sha256('recent')`)).toBe(1);
  });

  it('removes the marks of finished interactions when those have expired', async () => {
    await until(1, 'finished_interactions');
  });

  it('removes grants whose time is over, unless a token under them is alive', async () => {
    await until(0, `grants WHERE scope = 'dead'`);
    expect(await count(`grants WHERE scope = 'in use'`)).toBe(1);
  });

  it('removes expired sessions and ends the grants bound to them', async () => {
    await until(0, 'sessions WHERE expires_at < now()');
    expect(await count(`grants WHERE id = ${sessionGrant} AND revoked_at IS NOT NULL`)).toBe(1);
    expect(await count('sessions')).toBe(1);
    expect(await count(`grants WHERE scope = 'live session' AND revoked_at IS NULL`)).toBe(1);
  });

  it('forgets failed sign-ins of long ago', async () => {
    await until(1, 'sign_in_failures');
  });

  it('does not keep the server from stopping', async () => {
    await query(
      server,
      `INSERT INTO access_tokens (grant_id, expires_at, lifetime, token_key)
       SELECT 1, ${LONG_AGO}, 60, sha256(('more' || n)::bytea) FROM generate_series(1, 5000) n`,
    );
    expect(await server.stop()).toBe(0);
    expect(server.logs()).not.toMatch(/Clean-up of|was cut off/);
  });
});
