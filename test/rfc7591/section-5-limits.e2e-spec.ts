// Registration that everybody may use has limits, and forgets clients of which nothing came.
// @see RFC 7591 §5 https://www.rfc-editor.org/rfc/rfc7591#section-5
import { administer } from '../support/clients.js';
import { query } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { bootstrap } from '../support/fixtures.js';
import { authorize, clientCredentials } from '../support/flow.js';
import { startInProcess } from '../support/in-process.js';
import {
  manage,
  METADATA,
  postMetadata,
  REDIRECT_URI,
  refusal,
  register,
  type Registered,
} from '../support/registration.js';
import { startServer } from '../support/server.js';

import.meta.jest.setTimeout(60_000);

const MACHINE = { grant_types: ['client_credentials'], scope: 'read' };

it('lets an address register so many clients in an hour, then says when to come again', async () => {
  const server = await startServer({
    bootstrap: bootstrap(),
    env: { TRUST_PROXY: '1' },
    options: { registrationsPerHour: 3 },
  });
  const from = (address: string, metadata: object = METADATA): Promise<Response> =>
    postMetadata(server, metadata, { 'x-forwarded-for': address });
  const statuses = await Promise.all(Array.from({ length: 6 }, async () => (await from('203.0.113.7')).status));
  expect(statuses.sort()).toEqual([201, 201, 201, 429, 429, 429]);
  const response = await from('203.0.113.7');
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(3000);
  expect(Number(response.headers.get('retry-after'))).toBeLessThanOrEqual(3600);
  expect((await refusal(response)).slice(0, 2)).toEqual([429, 'temporarily_unavailable']);
  expect((await from('203.0.113.8')).status).toBe(201);

  // A network of one customer is one address, and what is refused counts.
  for (const host of ['2001:db8::1', '2001:db8::2', '2001:db8::3']) expect((await from(host, {})).status).toBe(400);
  expect((await from('2001:db8::4')).status).toBe(429);

  const { token } = (await (await administer(server, 'POST', '/api/registration-tokens', {})).json()) as {
    token: string;
  };
  const authorization = `Bearer ${token}`;
  expect((await postMetadata(server, METADATA, { 'x-forwarded-for': '203.0.113.7', authorization })).status).toBe(201);
});

/** Since when the registration has been there. */
const age = (server: { database: string }, interval: string, ...clients: Registered[]): Promise<unknown> =>
  query(server, `UPDATE client_registrations SET created_at = now() - $1::interval WHERE client_id = ANY ($2)`, [
    interval,
    clients.map(({ client_id }) => client_id),
  ]);

it('removes clients that never got a token, and no others', async () => {
  const first = await startServer({ bootstrap: bootstrap(), options: { cleanUp: false } });
  const [unused, used, consented, young] = [
    await register(first),
    await register(first, MACHINE),
    await register(first),
    await register(first),
  ];
  await clientCredentials(first, used);
  await query(first, 'DELETE FROM grants WHERE client_id = $1', [used.client_id]);
  await authorize(first, { client_id: consented.client_id, redirect_uri: REDIRECT_URI, scope: 'profile' });
  await query(first, 'DELETE FROM grants WHERE client_id = $1', [consented.client_id]);
  await eventually(async () => {
    const rows = await query(first, 'SELECT FROM client_registrations WHERE used_at IS NOT NULL');
    return rows.length === 1;
  });
  await age(first, '31 days', unused, used, consented);

  await startServer({ database: first.database });
  await eventually(async () => (await manage(unused, 'GET')).status === 401);
  for (const client of [used, consented, young]) expect((await manage(client, 'GET')).status).toBe(200);
  expect(await query(first, 'SELECT FROM clients WHERE client_id = $1', [unused.client_id])).toEqual([]);
  expect((await administer(first, 'GET', '/api/clients/web')).status).toBe(200);
});

it('removes the oldest of too many that wait for their first token', async () => {
  const first = await startServer({ bootstrap: bootstrap(), options: { cleanUp: false } });
  const { token } = (await (await administer(first, 'POST', '/api/registration-tokens', {})).json()) as {
    token: string;
  };
  const vouched = await register(first, METADATA, { authorization: `Bearer ${token}` });
  const clients: Registered[] = [];
  for (let index = 0; index < 5; index++) clients.push(await register(first));
  await age(first, '3 hours', vouched, clients[0]);
  await age(first, '2 hours', clients[1]);
  await startServer({ database: first.database, options: { unusedRegistrations: 2 } });
  await eventually(async () => (await manage(clients[1], 'GET')).status === 401);
  const left = await Promise.all([vouched, ...clients].map(async (client) => (await manage(client, 'GET')).status));
  expect(left).toEqual([200, 401, 401, 200, 200, 200]);
});

it('tells of what happens by events, with ids alone', async () => {
  const server = await startInProcess();
  const client = await register(server, MACHINE);
  const clientId = client.client_id;
  expect(server.events('client.registered')).toEqual([{ clientId }]);
  expect(server.events('client.created')).toContainEqual({ clientId });
  const after = (await (await manage(client, 'PUT', { client_id: clientId, ...MACHINE })).json()) as Registered;
  expect(server.events('client.updated')).toEqual([{ clientId }]);
  await manage(after, 'DELETE');
  expect(server.events('client.deleted')).toEqual([{ clientId }]);
});
