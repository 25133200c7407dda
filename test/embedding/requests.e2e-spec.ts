// What the server knows of a request is what the host application knows of it.
import type { INestApplication } from '@nestjs/common';
import type { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { ExpressAdapter } from '@nestjs/platform-express';
import express from 'express';
import { EventBus } from 'nest-authorization-server';
import { CLIENTS } from '../support/fixtures.js';
import { basic, CookieJar } from '../support/http.js';
import { openForm } from '../support/flow.js';
import { startHost, PLATFORMS } from './host.js';
import { send } from './raw.js';

const WELL_KNOWN = ['oauth-authorization-server', 'openid-configuration'];

describe.each(PLATFORMS)('a request to the server inside an application on %s', (platform) => {
  it('comes from whom the proxies that the host trusts say', async () => {
    const host = await startHost({ platform, server: {} });
    const failed: string[] = [];
    host.app.get(EventBus).on('user.sign_in_failed', ({ address }) => void failed.push(address));
    const jar = new CookieJar();
    const page = await openForm(host, jar, `${host.url}/sign-in`, 'sign-in');
    const form = new URLSearchParams({ ...page.fields, username: 'alice', password: 'not hers at all' });
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-forwarded-for': '198.51.100.7',
      origin: host.url,
      cookie: jar.header(),
    };
    expect((await send(host.port, { method: 'POST', path: '/sign-in', headers, body: form.toString() })).status).toBe(
      400,
    );
    expect(failed).toEqual(['198.51.100.7']);
  });

  it('does not reach the hook of the host, whenever that is set; its own requests do', async () => {
    const hooked: string[] = [];
    const hook =
      (name: string) =>
      (_request: unknown, _response: unknown, done: () => void): void => {
        hooked.push(name);
        done();
      };
    const adapterOf = (app: INestApplication): FastifyAdapter => app.getHttpAdapter() as unknown as FastifyAdapter;
    const host = await startHost({
      platform,
      server: {},
      configure: (app) => adapterOf(app).setOnRequestHook(hook('before')),
    });
    expect((await send(host.port, { path: '/oauth/jwks' })).status).toBe(200);
    expect((await send(host.port, { path: '/oauth-info' })).status).toBe(200);
    adapterOf(host.app).setOnRequestHook(hook('after'));
    expect((await send(host.port, { path: '/oauth/jwks' })).status).toBe(200);
    expect((await send(host.port, { path: '/oauth-info' })).status).toBe(200);
    expect(hooked).toEqual(['before', 'after']);
  });

  it.each(WELL_KNOWN)('finds the metadata where RFC 8414 §3 and OpenID Discovery §4 put them: %s', async (document) => {
    const host = await startHost({ platform, server: { issuerPath: '/auth' } });
    for (const path of [`/.well-known/${document}/auth`, `/auth/.well-known/${document}`]) {
      const { status, body } = await send(host.port, { path });
      expect([status, JSON.parse(body)]).toEqual([200, expect.objectContaining({ issuer: host.issuer })]);
    }
    const other = await send(host.port, { path: `/.well-known/${document}` });
    expect([other.status, other.headers['x-blog']]).toEqual([404, 'yes']);
  });
});

it('has the id that Fastify gives it', async () => {
  const host = await startHost({ platform: 'fastify', server: {} });
  const { headers } = await send(host.port, { path: '/oauth/jwks' });
  expect(headers['x-request-id']).toMatch(/^blog-\d+$/);
});

it('has its own URL in the log of the host', async () => {
  const logged: string[] = [];
  const host = await startHost({
    platform: 'fastify',
    server: { issuerPath: '/auth' },
    configure: (app) => {
      const fastify = (app as NestFastifyApplication).getHttpAdapter().getInstance();
      fastify.addHook('onResponse', (request, reply, done) => {
        logged.push(`${request.url} ${reply.statusCode}`);
        done();
      });
    },
  });
  await send(host.port, { path: '/auth/oauth/jwks' });
  expect(logged).toEqual(['/auth/oauth/jwks 200']);
});

it('may come without a network', async () => {
  const host = await startHost({ platform: 'fastify', server: { issuerPath: '/auth' } });
  const app = host.app as NestFastifyApplication;
  const answer = await app.inject({
    method: 'POST',
    url: '/auth/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'grant_type=client_credentials&client_id=nobody&client_secret=none',
  });
  expect([answer.statusCode, answer.json()]).toEqual([401, expect.objectContaining({ error: 'invalid_client' })]);
});

describe('a body that the host’s own Express has read before', () => {
  const FORM = {
    'content-type': 'application/x-www-form-urlencoded',
    authorization: basic(CLIENTS.machine.client_id, CLIENTS.machine.client_secret),
  };
  const body = 'grant_type=client_credentials';

  async function startBehind(parser: express.RequestHandler): Promise<number> {
    const outer = express();
    outer.use(parser);
    const adapter = new ExpressAdapter(outer);
    return (await startHost({ platform: 'express', adapter, server: {} })).port;
  }

  it('is taken where its bytes were kept', async () => {
    const verify = (request: object, _response: unknown, rawBody: Buffer): void =>
      void Object.assign(request, { rawBody });
    const port = await startBehind(express.urlencoded({ verify }));
    const answer = await send(port, { method: 'POST', path: '/oauth/token', headers: FORM, body });
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, expect.objectContaining({ token_type: 'Bearer' })]);
    const twice = { method: 'POST', path: '/oauth/token', headers: FORM, body: `${body}&scope=read&scope=read` };
    expect((await send(port, twice)).status).toBe(400);
  });

  it('is an error at once where they were not', async () => {
    const port = await startBehind(express.urlencoded());
    const answer = await send(port, { method: 'POST', path: '/oauth/token', headers: FORM, body });
    expect([answer.status, JSON.parse(answer.body)]).toEqual([500, expect.objectContaining({ error: 'server_error' })]);
    const empty = await send(port, {
      method: 'POST',
      path: '/oauth/token',
      headers: { ...FORM, 'content-length': '0' },
    });
    expect(empty.status).toBe(400);
  });
});
