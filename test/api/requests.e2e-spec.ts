// What every JSON API answers alike: errors as JSON, nothing stored, nothing hostile that gets through.
import { request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { onClose } from '../support/cleanup.js';
import { createDatabase, query } from '../support/database.js';
import { bootstrap } from '../support/fixtures.js';
import { administratorToken } from '../support/flow.js';
import { freePort, logsWith, sharedServer, startServer } from '../support/server.js';
import { apiOf, createUser, faultsOf, unique } from './api.js';

const server = sharedServer();
const api = apiOf(server);
const token = (): Promise<string> => administratorToken(server);

/** Sent byte for byte, which fetch would not do. */
function raw(method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<number> {
  return new Promise((done, fail) => {
    const sent = request(`${server.url}`, { method, path, headers }, (response) => {
      response.resume();
      response.on('end', () => done(response.statusCode ?? 0));
    });
    sent.on('error', fail);
    sent.end(body);
  });
}

/** A way to a database that can be closed. */
async function wayToDatabase(): Promise<{ url: string; open(): Promise<void>; close(): Promise<void> }> {
  const database = await createDatabase();
  const [address, host, databasePort = '5432'] = /(?<=@)([^/?:]*):?(\d+)?/.exec(database)!;
  const directory = decodeURIComponent(host);
  const connections = new Set<Socket>();
  const port = await freePort();
  const proxy = createServer((near) => {
    const far = directory.startsWith('/')
      ? connect(join(directory, `.s.PGSQL.${databasePort}`))
      : connect(Number(databasePort), directory);
    for (const one of [near, far]) {
      connections.add(one);
      one.on('error', () => undefined).on('close', () => [near, far].forEach((other) => other.destroy()));
    }
    near.pipe(far).pipe(near);
  });
  const open = (): Promise<void> => new Promise((done) => void proxy.listen(port, '127.0.0.1', done));
  const close = async (): Promise<void> => {
    const closed = new Promise((done) => proxy.close(done));
    for (const one of connections) one.destroy();
    await closed;
  };
  onClose(close);
  await open();
  return { url: database.replace(address, `127.0.0.1:${port}`), open, close };
}

describe('a body', () => {
  const post = (body: unknown, headers?: Record<string, string>) => api('POST', '/api/users', { body, headers });

  it.each([
    ['a form', 'application/x-www-form-urlencoded', 'username=x'],
    ['plain text', 'text/plain', '{"username":"x"}'],
    ['XML', 'application/xml', '<x/>'],
    ['a multipart form', 'multipart/form-data; boundary=x', '--x--'],
    ['JSON of another kind', 'application/jose+json', '{}'],
  ])('that is %s is of an unsupported media type', async (_, type, body) => {
    const { status, body: answer } = await post(body, { 'content-type': type });
    expect([status, answer.error]).toEqual([415, 'unsupported_media_type']);
  });

  it.each(['{"username":', 'x', '{"a":1,}', "{'a':1}", ''])('that is malformed JSON (%s) is refused', async (body) => {
    const { status, body: answer } = await post(body, { 'content-type': 'application/json' });
    expect([status, answer.error]).toEqual([400, 'invalid_request']);
    expect(JSON.stringify(answer)).not.toMatch(/position|token|Unexpected/);
  });

  it.each(['null', '[]', '"x"', '1', 'true', '[{"username":"x"}]'])(
    'that is no object (%s) is refused',
    async (body) => {
      const { status, body: answer } = await post(body, { 'content-type': 'application/json' });
      expect([status, answer.error]).toEqual([400, 'invalid_request']);
    },
  );

  it.each([
    '{"username":"NAME","__proto__":{"roles":["admin"]}}',
    '{"username":"NAME","constructor":{"prototype":{"roles":["admin"]}}}',
    '{"username":"NAME","prototype":{}}',
    '{"username":"NAME","address":{"__proto__":{"country":"x"}}}',
    '{"username":"NAME","address":{"constructor":"x"}}',
  ])('cannot reach a prototype: %s', async (json) => {
    const name = unique('user');
    const { status } = await post(json.replace('NAME', name), { 'content-type': 'application/json' });
    expect(status).toBe(400);
    expect((await api('GET', `/api/users?search=${name}`)).body.items).toEqual([]);
    expect((await createUser(api)).username).toBeDefined();
  });

  it.each([
    '{"username":"a\\u0000b"}',
    '{"username":"a\\ud800b"}',
    '{"username":"x","name":"\\udfff"}',
    '{"username":"x","address":{"country":"\\u0000"}}',
    '{"user\\u0000name":"x"}',
    '{"username":"x","roles":["\\u0000"]}',
  ])('with text that no database holds is refused: %s', async (json) => {
    const { status } = await post(json, { 'content-type': 'application/json' });
    expect(status).toBe(400);
  });

  it('may be nested as deeply as it likes: it is refused', async () => {
    const deep = `{"username":"x","address":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    const { status } = await post(deep, { 'content-type': 'application/json' });
    expect(status).toBe(400);
  });

  it('that is too large is refused', async () => {
    const { status, body } = await post({ username: 'x'.repeat(200_000) });
    expect([status, body.error]).toEqual([413, 'content_too_large']);
  });

  it('with a member twice counts the last one, as JSON does', async () => {
    const [one, other] = [unique('one'), unique('other')];
    const { body } = await post(`{"username":"${one}","username":"${other}"}`, { 'content-type': 'application/json' });
    expect(body.username).toBe(other);
  });

  it('is not needed where nothing must be said', async () => {
    const { id } = await createUser(api);
    expect((await api('POST', `/api/users/${id}/disable`)).status).toBe(200);
    expect((await api('POST', `/api/users/${id}/enable`, { body: {} })).status).toBe(200);
  });

  it('with thousands of unknown members is answered with as many as anybody reads', async () => {
    const body = Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`member${n}`, n]));
    const answer = await api('POST', '/api/clients', { body });
    expect(answer.status).toBe(400);
    expect(faultsOf(answer)).toHaveLength(50);
  });
});

describe('a path', () => {
  it.each([
    ['PUT', '/api/users', 'GET, HEAD, POST'],
    ['DELETE', '/api/me', 'GET, HEAD'],
    ['POST', '/api/clients/x', 'DELETE, GET, HEAD, PATCH'],
    ['GET', '/api/clients/x/secret', 'POST'],
    ['OPTIONS', '/api/tokens?x=y', 'GET, HEAD'],
    ['PATCH', '/api/grants/7', 'DELETE'],
  ])('%s %s has no such method, and says which there are', async (method, path, allow) => {
    const { status, headers, body } = await api(method, path);
    expect([status, headers.get('allow'), body.error]).toEqual([405, allow, 'method_not_allowed']);
  });

  it.each(['/api', '/api/', '/api/unknown', '/api/users/', '/api/users/1/2/3', '/api//users', '/api/Users'])(
    '%s is not there',
    async (path) => {
      const { status, body } = await api('GET', path);
      expect([status, body.error]).toEqual([404, 'not_found']);
    },
  );

  it.each([
    '/api/users/%00',
    '/api/users/%zz',
    '/api/users/%ff',
    '/api/clients/%',
    '/api/clients/%ed%a0%80',
    '/api/scopes/%00',
  ])('%s is malformed', async (path) => {
    const authorization = `Bearer ${await token()}`;
    expect(await raw('GET', path, { authorization })).toBe(400);
  });

  it('of many slashes and dots leads nowhere', async () => {
    const authorization = `Bearer ${await token()}`;
    for (const path of ['/api/../api/users', '/api/./users', '/api/users/../clients', '//api/users']) {
      expect(await raw('GET', path, { authorization })).toBe(404);
    }
  });
});

describe('every answer', () => {
  it.each([
    ['GET', '/api/users?limit=1', 200],
    ['GET', '/api/users/x', 404],
    ['POST', '/api/users', 400],
    ['PUT', '/api/users', 405],
    ['GET', '/api/nothing', 404],
  ])('(%s %s: %i) is JSON that is stored nowhere, with a reference', async (method, path, expected) => {
    const { status, headers } = await api(method, path);
    expect(status).toBe(expected);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/);
    expect(headers.get('set-cookie')).toBeNull();
  });

  it('repeats nothing of the request but the names of its members', async () => {
    const marker = unique('<script>');
    const answers = [
      await api('GET', `/api/users/${encodeURIComponent(marker)}`),
      await api('GET', `/api/${encodeURIComponent(marker)}`),
      await api('POST', '/api/users', { body: { username: marker, email: marker, roles: marker } }),
      await api('POST', '/api/clients', { body: { redirect_uris: [marker], scope: `${marker}"` } }),
      await api('GET', `/api/users?after=${encodeURIComponent(marker)}`),
      await api('GET', '/api/users', { token: marker }),
    ];
    for (const { status, body, headers } of answers) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(JSON.stringify([body, [...headers]])).not.toContain(marker.slice(-12));
    }
  });

  it('to a program without a token asks for one, before it looks at anything else', async () => {
    for (const [method, path] of [
      ['GET', '/api/users'],
      ['POST', '/api/clients'],
      ['DELETE', '/api/tokens/x'],
    ]) {
      const { status, headers } = await api(method, path, { token: null });
      expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="api"']);
    }
  });

  it('takes a token from the Authorization header alone', async () => {
    const bearer = await token();
    const inQuery = await api('GET', `/api/users?access_token=${bearer}`, { token: null });
    const inBody = await api('POST', '/api/users', { token: null, body: { access_token: bearer, username: 'x' } });
    expect([inQuery.status, inBody.status]).toEqual([400, 401]);
  });
});

describe('when something is wrong on our side', () => {
  it('the database is away: 503, and when to come back', async () => {
    const way = await wayToDatabase();
    const own = await startServer({ bootstrap: bootstrap(), database: way.url });
    const call = apiOf(own);
    expect((await call('GET', '/api/users')).status).toBe(200);
    await way.close();
    const { status, headers, body } = await call('GET', '/api/users');
    expect([status, headers.get('retry-after'), body.error]).toEqual([503, '5', 'temporarily_unavailable']);
    await way.open();
    expect((await call('GET', '/api/users')).status).toBe(200);
  });

  it('anything else: 500 with a reference, under which the log has the reason, and no word of it outside', async () => {
    const own = await startServer({ bootstrap: bootstrap() });
    const call = apiOf(own);
    expect((await call('GET', '/api/users')).status).toBe(200);
    await query(own, 'ALTER TABLE resources RENAME COLUMN name TO something_else');
    const { status, headers, body } = await call('GET', '/api/resources');
    expect(status).toBe(500);
    expect(body).toEqual({ error: 'server_error', error_description: 'The server made a mistake.' });
    const reference = headers.get('x-request-id') as string;
    expect((await logsWith(own, 'does not exist')).split(reference)).toHaveLength(2);
  });
});
