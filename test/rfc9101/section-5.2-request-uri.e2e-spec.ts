// Request objects that are fetched from where the client has registered them, and from nowhere else.
// @see RFC 9101 §5.2, §10.4 https://www.rfc-editor.org/rfc/rfc9101#section-5.2
import { clientKey, jwksOf } from '../support/client-keys.js';
import { type ClientSite, startClientSite } from '../support/client-site.js';
import { bootstrap } from '../support/fixtures.js';
import { authorize, signIn, signUp } from '../support/flow.js';
import type { CookieJar } from '../support/http.js';
import {
  encryptFor,
  objectClaims,
  requestObject,
  send,
  signingClient,
  type SigningClient,
} from '../support/request-objects.js';
import { type RunningServer, sharedServer, startServer } from '../support/server.js';

const REFUSED = { kind: 'error page', error: 'invalid_request_uri' };
const TAKEN = { kind: 'answer', params: { code: expect.any(String), state: 'inside' } };
let server: RunningServer;
let site: ClientSite;
let client: SigningClient;
let jar: CookieJar;
let count = 0;

beforeAll(async () => {
  site = await startClientSite();
  server = await startServer({ env: { OUTBOUND_ALLOW: '127.0.0.1' }, bootstrap: bootstrap() });
  jar = await signIn(server);
  client = await signingClient(server, { request_uris: [`${site.origin}/standing`] });
  site.content.set('/standing', await requestObject(server, client));
});

/** A client that has registered a URL of its own, and the path of it. */
async function clientWithUri(
  metadata: Record<string, unknown> = {},
): Promise<{ own: SigningClient; path: string; uri: string }> {
  const path = `/object-${++count}`;
  const uri = `${site.origin}${path}`;
  return { own: await signingClient(server, { request_uris: [uri], ...metadata }), path, uri };
}

describe('a request_uri', () => {
  it.each(['GET', 'POST'] as const)('is read, and what is there counts, by %s', async (method) => {
    const { own, path, uri } = await clientWithUri();
    site.content.set(path, await requestObject(server, own));
    const parameters = { client_id: own.client_id, request_uri: uri, state: 'outside' };
    expect(await send(server, parameters, { jar, method })).toMatchObject(TAKEN);
    expect(site.hits(path)).toBe(1);
  });

  it.each(['GET', 'POST'] as const)('is read once, however many pages follow, by %s', async (method) => {
    const { own, path, uri } = await clientWithUri({ skip_consent: false });
    site.content.set(path, await requestObject(server, own));
    const user = await signUp(server);
    const { pages, params } = await authorize(server, { client_id: own.client_id, request_uri: uri }, { user, method });
    expect(pages).toEqual(['sign-in', 'consent']);
    expect(params).toMatchObject({ code: expect.any(String), state: 'inside' });
    expect(site.hits(path)).toBe(1);
  });

  it('gives what is there now, not what was there before', async () => {
    const { own, path, uri } = await clientWithUri();
    for (const state of ['first', 'second']) {
      site.content.set(path, await requestObject(server, own, { state }));
      const answer = await send(server, { client_id: own.client_id, request_uri: uri }, { jar });
      expect(answer).toMatchObject({ kind: 'answer', params: { state } });
    }
  });

  it('may lead to an encrypted object, with any content type and white space around it', async () => {
    const { own, path, uri } = await clientWithUri();
    const object = await encryptFor(server, await requestObject(server, own));
    site.content.set(path, (_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).end(`\n${object}\r\n`);
    });
    expect(await send(server, { client_id: own.client_id, request_uri: uri }, { jar })).toMatchObject(TAKEN);
  });

  it('leads to an object that is verified like any other (§6)', async () => {
    const { own, path, uri } = await clientWithUri();
    const other = await clientKey('ES256', 'other');
    for (const content of ['<!doctype html><p>Sign in', '', `${await requestObject(server, { ...own, key: other })}`]) {
      site.content.set(path, content);
      const answer = await send(server, { client_id: own.client_id, request_uri: uri }, { jar });
      expect(answer).toMatchObject({ kind: 'error page', error: 'invalid_request_object' });
    }
    site.content.set(path, await requestObject(server, own, { request_uri: uri }));
    const nested = await send(server, { client_id: own.client_id, request_uri: uri }, { jar });
    expect(nested).toMatchObject({ kind: 'error page', error: 'invalid_request_object' });
  });
});

describe('a request_uri that is not registered', () => {
  it.each<[string, (origin: string) => string]>([
    ['another path', (origin) => `${origin}/other`],
    ['a longer path', (origin) => `${origin}/standing/`],
    ['a query', (origin) => `${origin}/standing?a=b`],
    ['an empty fragment', (origin) => `${origin}/standing#`],
    ['another case', (origin) => `${origin}/Standing`],
    ['an encoded path', (origin) => `${origin}/%73tanding`],
    ['userinfo', (origin) => `${origin.replace('//', '//user@')}/standing`],
    ['another scheme', (origin) => `${origin.replace('http', 'https')}/standing`],
    ['a file', () => 'file:///etc/passwd'],
    ['data', () => 'data:application/jwt,e30.e30.'],
    ['a pushed request that there is not', () => 'urn:ietf:params:oauth:request_uri:unknown'],
  ])('is refused, and not asked for: %s (§10.4.1)', async (_, uri) => {
    const before = site.hits('/standing');
    const parameters = { client_id: client.client_id, request_uri: uri(site.origin) };
    expect(await send(server, parameters, { jar })).toMatchObject(REFUSED);
    expect([site.hits('/standing'), site.hits('/other')]).toEqual([before, 0]);
  });

  it('is refused although another client has registered it', async () => {
    const { own } = await clientWithUri();
    const parameters = { client_id: own.client_id, request_uri: `${site.origin}/standing` };
    expect(await send(server, parameters, { jar })).toMatchObject(REFUSED);
  });

  it('is told to the client when parameters outside prove where to', async () => {
    const outside = { redirect_uri: client.redirect_uris[0], state: 'outside', request_uri: 'https://x.example' };
    const answer = await send(server, { client_id: client.client_id, ...outside }, { jar });
    expect(answer).toMatchObject({ kind: 'answer', params: { error: 'invalid_request_uri', state: 'outside' } });
  });
});

describe('a server of a client that does not give an object', () => {
  it.each<[string, NonNullable<Parameters<ClientSite['content']['set']>[1]>]>([
    ['nothing is there', (_, response) => void response.writeHead(404).end()],
    ['it is broken', (_, response) => void response.writeHead(500).end()],
    ['it redirects', (_, response) => void response.writeHead(302, { location: '/standing' }).end()],
    ['it sends too much', (_, response) => void response.end('x'.repeat(33 * 1024))],
    ['it sends without an end', (_, response) => void setInterval(() => response.write('x'.repeat(9_000)), 1).unref()],
    ['it breaks off', (request) => void request.socket.destroy()],
    ['it sends something else than HTTP', (request) => void request.socket.end('hello')],
    ['it compresses', (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')],
  ])('is an error: %s', async (_, answer) => {
    const { own, path, uri } = await clientWithUri();
    site.content.set(path, answer);
    const before = site.hits('/standing');
    expect(await send(server, { client_id: own.client_id, request_uri: uri }, { jar })).toMatchObject(REFUSED);
    expect([site.hits(path), site.hits('/standing')]).toEqual([1, before]);
  });

  it('keeps nobody else waiting when it is slow, and is asked once at a time', async () => {
    const { own, path, uri } = await clientWithUri();
    site.content.set(path, () => undefined);
    const parameters = { client_id: own.client_id, request_uri: uri };
    let ended = 0;
    const slow = Array.from({ length: 20 }, async () => {
      const answer = await send(server, parameters, { jar });
      ended++;
      return answer;
    });
    const { params } = await authorize(server, { client_id: 'trusted', scope: 'read' }, jar);
    expect(params.code).toEqual(expect.any(String));
    expect(ended).toBe(0);
    for (const answer of await Promise.all(slow)) expect(answer).toMatchObject(REFUSED);
    expect(site.hits(path)).toBeLessThan(20);
  });
});

describe('addresses behind the server (§10.4.1)', () => {
  it.each([
    (port: string) => `https://127.0.0.1:${port}/standing`,
    (port: string) => `https://localhost:${port}/standing`,
    (port: string) => `http://localhost:${port}/standing`,
    (port: string) => `https://[::1]:${port}/standing`,
    (port: string) => `https://[::ffff:127.0.0.1]:${port}/standing`,
    (port: string) => `https://2130706433:${port}/standing`,
    () => 'https://169.254.169.254/latest/meta-data',
    () => 'https://10.0.0.1/standing',
  ])('are not asked, registered or not', async (url) => {
    const shared = sharedServer();
    const uri = url(new URL(site.origin).port);
    const own = await signingClient(shared, { request_uris: [uri] });
    const before = site.hits('/standing');
    expect(await send(shared, { client_id: own.client_id, request_uri: uri })).toMatchObject(REFUSED);
    expect(site.hits('/standing')).toBe(before);
  });
});

describe('keys of the client at a jwks_uri (OIDC Core §10.1.1)', () => {
  async function remote(path: string): Promise<{ own: SigningClient; present: (kid: string) => Promise<object> }> {
    const key = await clientKey('ES256', 'first');
    site.content.set(path, JSON.stringify(jwksOf(key)));
    const own = await signingClient(server, { jwks: undefined, jwks_uri: `${site.origin}${path}` }, key);
    const present = async (kid: string): Promise<object> => {
      const request = await requestObject(server, own, {}, { kid });
      return send(server, { client_id: own.client_id, request }, { jar });
    };
    return { own, present };
  }

  it('are read again for a new kid', async () => {
    const { own, present } = await remote('/rotating');
    expect(await present('first')).toMatchObject(TAKEN);
    own.key = await clientKey('ES256', 'second');
    site.content.set('/rotating', JSON.stringify(jwksOf(own.key)));
    expect(await present('second')).toMatchObject(TAKEN);
    expect(site.hits('/rotating')).toBe(2);
  });

  it('are not read again with every unknown kid', async () => {
    const { present } = await remote('/unknown-kids');
    expect(await present('first')).toMatchObject(TAKEN);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => present(`unknown-${index}`)));
    for (const answer of answers) expect(answer).toMatchObject({ kind: 'error page', error: 'invalid_request_object' });
    expect(await present('first')).toMatchObject(TAKEN);
    expect(site.hits('/unknown-kids')).toBeLessThan(10);
  });
});

it('the object of one client is not that of another one that registers the same URL', async () => {
  const { own, path, uri } = await clientWithUri();
  const other = await signingClient(server, { request_uris: [uri] }, own.key);
  site.content.set(path, await requestObject(server, own));
  expect(objectClaims(server, own).client_id).not.toBe(other.client_id);
  const answer = await send(server, { client_id: other.client_id, request_uri: uri }, { jar });
  expect(answer).toMatchObject({ kind: 'error page', error: 'invalid_request_object' });
});
