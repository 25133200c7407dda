// Documents that are the same for everybody are answered as bytes, before Fastify and Nest: with the answer that those would give.
import { administrate } from '../support/flow.js';
import { eventually } from '../support/eventually.js';
import { logsWith, sharedServer, startServer, type ServerHandle } from '../support/server.js';

const PATHS = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server', '/oauth/jwks'];

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
  reference: string;
}

/** What is another one with every answer is left out of the headers. */
async function answerTo(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const sent = Object.fromEntries(response.headers);
  const { date, connection: _connection, 'keep-alive': _keepAlive, 'x-request-id': reference, ...headers } = sent;
  expect(date).toBeDefined();
  return { status: response.status, headers, body: await response.text(), reference };
}

/** The documents as they are sent from bytes; the first time they may still have to be made. */
async function published(server: ServerHandle, path: string): Promise<Answer> {
  await answerTo(server.url + path);
  return answerTo(server.url + path);
}

it.each(PATHS)('%s is answered as it is on the way through Fastify and Nest', async (path) => {
  const server = sharedServer();
  const direct = await published(server, path);
  // A query is nothing that the document depends on, but another address.
  const other = await answerTo(`${server.url}${path}?a=b`);
  expect({ ...direct, reference: '' }).toEqual({ ...other, reference: '' });
  expect(direct.headers).toMatchObject({
    'access-control-allow-origin': '*',
    'x-content-type-options': 'nosniff',
    'cache-control': expect.stringMatching(/^public, max-age=\d+$/) as string,
    'content-length': String(Buffer.byteLength(direct.body)),
  });
  // Whoever answers counts requests in its own way.
  const [mine, fastifys] = [direct, other].map(({ reference }) => /^([0-9a-f]{12})-\w+$/.exec(reference)?.[1]);
  expect(mine).toBeDefined();
  expect(mine).not.toBe(fastifys);
  expect((await published(server, path)).reference).not.toBe(direct.reference);
});

it.each(PATHS)('%s: HEAD has the same headers, another method is refused, a preflight is answered', async (path) => {
  const server = sharedServer();
  const { headers } = await published(server, path);
  expect(await answerTo(server.url + path, { method: 'HEAD' })).toMatchObject({ status: 200, headers, body: '' });
  expect((await answerTo(server.url + path, { method: 'POST' })).status).toBe(405);
  expect((await answerTo(server.url + path, { method: 'OPTIONS' })).status).toBe(204);
});

it('a connection serves documents and other requests in turn, and a body that comes with one is no harm', async () => {
  const server = sharedServer();
  const { Agent, request } = await import('node:http');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const get = (path: string, body = ''): Promise<number | undefined> =>
    new Promise((done, fail) => {
      const sent = request(server.url + path, { agent, method: 'GET', headers: { 'content-length': body.length } });
      sent.once('error', fail).once('response', (response) => {
        response.resume().once('end', () => done(response.statusCode));
      });
      sent.end(body);
    });
  const asked = [PATHS[0], '/health/live', PATHS[2], '/oauth/nothing', PATHS[1]];
  const statuses: unknown[] = [];
  for (const path of asked) statuses.push(await get(path), await get(path, 'x'.repeat(1000)));
  expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 404, 404, 200, 200]);
  agent.destroy();
});

it('below the path of an issuer they are where RFC 8414 §3 puts them too, and a change is seen', async () => {
  const server = await startServer({ env: { ISSUER: 'http://localhost:$PORT/tenant' } });
  for (const path of ['/tenant/.well-known/openid-configuration', '/.well-known/oauth-authorization-server/tenant']) {
    const { status, body } = await published(server, path);
    expect([status, (JSON.parse(body) as { issuer: string }).issuer]).toEqual([200, server.issuer]);
  }
  expect((await answerTo(`${server.url}${PATHS[0]}`)).status).toBe(404);
});

it('a new scope is in the next document', async () => {
  const server = sharedServer();
  const scopes = async (): Promise<string[]> =>
    (JSON.parse((await published(server, PATHS[0])).body) as { scopes_supported: string[] }).scopes_supported;
  expect(await scopes()).not.toContain('published');
  expect((await administrate(server, 'POST', '/api/scopes', { name: 'published', description: 'New' })).status).toBe(
    201,
  );
  await eventually(async () => (await scopes()).includes('published'));
  await administrate(server, 'DELETE', '/api/scopes/published');
  await eventually(async () => !(await scopes()).includes('published'));
});

it('at the log level debug they are in the log as every request', async () => {
  const server = await startServer({ env: { LOG_LEVEL: 'debug' } });
  await published(server, PATHS[2]);
  // A request is in the log after its answer: what is asked last is there last.
  await answerTo(`${server.url}/health/live`);
  const logs = await logsWith(server, 'path: "/health/live"');
  expect(logs.split('\n').filter((line) => line.includes(`path: "${PATHS[2]}"`))).toHaveLength(2);
});
