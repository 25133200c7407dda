// A host application does not notice the server inside it: the same answers, byte for byte, as without.
import { All, Controller, Get } from '@nestjs/common';
import { closeApplication } from '../support/cleanup.js';
import { type Host, PLATFORMS, startHost } from './host.js';
import { type RawRequest, send } from './raw.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

const REQUESTS: Record<string, RawRequest> = {
  'its home': { path: '/' },
  'its home, without the body': { method: 'HEAD', path: '/' },
  'a route outside of its prefix': { path: '/users?q=1&q=2' },
  'a route whose name begins as ours do': { path: '/oauth-info' },
  'a route below its prefix': { path: '/blog/posts/7' },
  'a parameter in percent encoding': { path: '/blog/posts/%E2%82%AC%20' },
  'a JSON body': { method: 'POST', path: '/blog/greetings', headers: JSON_TYPE, body: '{"name":"you"}' },
  'a JSON body that its pipe refuses': {
    method: 'POST',
    path: '/blog/greetings',
    headers: JSON_TYPE,
    body: '{"name":"you","other":1}',
  },
  'a form': { method: 'POST', path: '/blog/greetings', headers: FORM_TYPE, body: 'name=me' },
  'a form that its pipe refuses': { method: 'POST', path: '/blog/greetings', headers: FORM_TYPE, body: 'other=me' },
  'a body of a type that it does not parse': {
    method: 'POST',
    path: '/blog/echo',
    headers: { 'content-type': 'text/plain' },
    body: 'plain',
  },
  'a body in several parts': {
    method: 'POST',
    path: '/blog/echo',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body: '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
  },
  'a body that is no JSON': { method: 'POST', path: '/blog/echo', headers: JSON_TYPE, body: '{' },
  'a body that is too large': {
    method: 'POST',
    path: '/blog/echo',
    headers: JSON_TYPE,
    body: JSON.stringify('x'.repeat(200_000)),
  },
  'a body in chunks': {
    method: 'POST',
    path: '/blog/echo',
    headers: { ...JSON_TYPE, 'transfer-encoding': 'chunked' },
    body: '[1]',
  },
  'what its guard refuses': { path: '/blog/forbidden' },
  'what breaks in it': { path: '/blog/broken' },
  'what is nowhere': { path: '/nothing' },
  'what is nowhere near ours': { path: '/oauth/nothing' },
  'a file beside ours': { path: '/assets/index-4f2a.js' },
  'a well-known document that is not ours': { path: '/.well-known/security.txt' },
  'a method that it does not have': { method: 'DELETE', path: '/oauth-info' },
  'a question of a browser for its options': {
    method: 'OPTIONS',
    path: '/users',
    headers: { origin: 'https://x.example' },
  },
  'a malformed URL': { path: '/blog/%zz' },
};

describe.each(PLATFORMS)('a host application on %s', (platform) => {
  let alone: Host;
  let hosting: Host;
  let below: Host;
  beforeAll(async () => {
    alone = await startHost({ platform });
    hosting = await startHost({ platform, server: {} });
    below = await startHost({ platform, server: { issuerPath: '/auth' } });
  });

  it.each(Object.entries(REQUESTS))('answers as it does alone: %s', async (_title, request) => {
    const expected = await send(alone.port, request);
    expect(await send(hosting.port, request)).toEqual(expected);
    expect(await send(below.port, request)).toEqual(expected);
  });

  it('adds nothing to answers of the server', async () => {
    for (const [host, path] of [
      [hosting, '/oauth/jwks'],
      [below, '/auth/oauth/jwks'],
      [below, '/auth/nothing'],
    ] as const) {
      const { headers } = await send(host.port, { path });
      expect(headers['x-request-id']).toEqual(expect.any(String));
      expect(Object.keys(headers)).not.toContain('x-blog');
      expect(Object.keys(headers)).not.toContain('x-powered-by');
    }
  });

  it('has the server refuse what is wrong in the words of the protocol', async () => {
    const refused = await send(hosting.port, { method: 'POST', path: '/oauth/token', headers: JSON_TYPE, body: '{}' });
    expect(refused.status).toBe(400);
    expect(JSON.parse(refused.body)).toMatchObject({ error: 'invalid_request' });
    const users = await send(hosting.port, { path: '/api/users' });
    expect([users.status, users.headers['www-authenticate']]).toEqual([401, expect.stringMatching(/^Bearer /)]);
    const page = await send(below.port, { path: '/auth/nothing', headers: { accept: 'text/html' } });
    expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
  });
});

describe.each(PLATFORMS)('routes of a host application on %s', (platform) => {
  @Controller('clients')
  class Customers {
    @Get()
    list(): string[] {
      return ['a customer'];
    }
  }

  @Controller()
  class Everything {
    @All(platform === 'fastify' ? '*' : '*path')
    page(): string {
      return 'the single page';
    }
  }

  it('go before ours at the same path and method', async () => {
    const server = { pages: { home: true } };
    const { port } = await startHost({ platform, server, controllers: [Customers] });
    expect((await send(port, { path: '/' })).body).toBe('{"data":{"blog":"home"}}');
    expect((await send(port, { path: '/clients' })).body).toBe('{"data":["a customer"]}');
    expect((await send(port, { path: '/clients/new' })).headers.location).toMatch(/^\/sign-in\?next=/);
  });

  it('go before ours below the path of the issuer, too', async () => {
    @Controller('sign-in')
    class OwnSignIn {
      @Get()
      page(): string {
        return 'my own';
      }
    }
    const { port } = await startHost({ platform, server: { issuerPath: '/blog' }, controllers: [OwnSignIn] });
    expect((await send(port, { path: '/blog/sign-in' })).body).toMatch(/my own/);
    expect((await send(port, { path: '/blog/posts/7' })).body).toBe('{"data":{"id":"7"}}');
    expect((await send(port, { path: '/blog/sign-up' })).body).toMatch(/<form/);
  });

  it('take nothing from us when they take everything', async () => {
    const { port, app } = await startHost({
      platform,
      server: {},
      controllers: [Everything],
      configure: (host) => void host.setGlobalPrefix(''),
    });
    expect((await send(port, { path: '/any/thing' })).body).toMatch(/the single page/);
    expect((await send(port, { path: '/sign-in' })).body).toMatch(/<form/);
    expect((await send(port, { path: '/oauth/jwks' })).status).toBe(200);
    await closeApplication(app);
  });
});
