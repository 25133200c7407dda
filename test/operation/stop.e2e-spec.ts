// The stop: SIGTERM finishes what is running and ends with status 0.
// @see interface §1
import { request } from 'node:http';
import { db, query } from '../support/database.js';
import { CLIENTS, SCOPES, USERS } from '../support/fixtures.js';
import { clientCredentials, introspect, obtainTokens, tokenRequest } from '../support/flow.js';
import { eventually } from '../support/eventually.js';
import { startServer } from '../support/server.js';

const { api, machine, web } = CLIENTS;
const WORLD = { users: [USERS.alice], clients: [api, machine, web], scopes: SCOPES };

const refuses = (url: string): Promise<boolean> =>
  fetch(`${url}/health/live`).then(
    () => false,
    () => true,
  );

it('SIGTERM: answers what is running, takes nothing new, and ends with status 0', async () => {
  const server = await startServer({ bootstrap: WORLD });
  const families = await Promise.all(Array.from({ length: 4 }, () => obtainTokens(server, web, { scope: 'read' })));
  const connection = await db(server);
  // Every refresh waits here, as long as the test wants.
  await connection.query('BEGIN; LOCK TABLE refresh_tokens IN ACCESS EXCLUSIVE MODE');
  const running = families.map(({ refresh_token }) =>
    tokenRequest(server, web, { grant_type: 'refresh_token', refresh_token }),
  );
  const sql = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ~ 'UPDATE refresh_tokens'`;
  // Those that come at one moment share a statement: how many there are is not known, only that there is one.
  await eventually(async () => (await query(server, sql)).length > 0);
  await new Promise((done) => setTimeout(done, 500));

  process.kill(server.pid, 'SIGTERM');
  await eventually(() => refuses(server.url));
  await connection.query('COMMIT');

  const answers = await Promise.all(running);
  expect(answers.map(({ status }) => status)).toEqual(families.map(() => 200));
  const tokens = (await Promise.all(answers.map((one) => one.json()))) as { access_token: string }[];
  expect(await server.exited).toBe(0);
  expect(server.logs()).not.toContain('was cut off');

  const next = await startServer({ bootstrap: WORLD, database: server.database });
  for (const { access_token } of tokens) expect((await introspect(next, access_token)).active).toBe(true);
});

it('a connection that is kept open, and a request that never comes to its end, do not keep it from ending', async () => {
  const server = await startServer({ bootstrap: { clients: [machine] } });
  await clientCredentials(server, machine);
  const half = request(`${server.url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '1000' },
  });
  const ended = new Promise((done) => half.once('error', done).once('close', done));
  await new Promise((sent) => half.write('grant_type=', sent));
  await clientCredentials(server, machine);
  expect(await server.stop()).toBe(0);
  await ended;
  expect(server.logs()).toContain('After 10 s something was still running: it was cut off.');
});

it('SIGINT does the same, and a second signal while it stops changes nothing', async () => {
  const server = await startServer({ bootstrap: { clients: [machine] } });
  process.kill(server.pid, 'SIGINT');
  process.kill(server.pid, 'SIGINT');
  process.kill(server.pid, 'SIGTERM');
  expect(await server.exited).toBe(0);
});

it('SIGTERM while it still starts ends it in an orderly way, too', async () => {
  const server = await startServer({ bootstrap: WORLD, waitUntilReady: false });
  await eventually(() => server.logs() !== '' || refuses(server.url).then((refused) => !refused));
  process.kill(server.pid, 'SIGTERM');
  expect(await server.exited).toBe(0);
  expect(server.logs()).not.toMatch(/^\s+at /m);
});
