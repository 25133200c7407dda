// What the module gives its host application, and what it takes from it.
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import {
  AuthorizationServerModule,
  ConfigurationError,
  Endpoint,
  EndpointController,
  jsonResponse,
  type OAuthResponse,
  UsersService,
} from 'nest-authorization-server';
import { CurrentToken, type AccessToken, ResourceProtector } from 'nest-authorization-server/resource-server';
import { CLIENTS, USERS } from '../support/fixtures.js';
import { administratorToken, authorize, clientCredentials, introspect, redeem } from '../support/flow.js';
import { createDatabase } from '../support/database.js';
import { optionsFor, PLATFORMS, startHost } from './host.js';
import { send } from './raw.js';

@Controller('clients')
class Accounts {
  constructor(private readonly users: UsersService) {}

  @Get()
  async find(): Promise<object> {
    return { found: (await this.users.findByLogin(USERS.alice.username))?.username };
  }

  @Get('mine')
  @ResourceProtector('read')
  mine(@CurrentToken() token: AccessToken): object {
    return { client: token.clientId };
  }
}

@Endpoint({ name: 'ping', path: '/oauth/ping', methods: ['GET'], metadata: 'ping_endpoint' })
class PingController extends EndpointController {
  respond(): OAuthResponse {
    return jsonResponse(200, { pong: true });
  }
}

describe.each(PLATFORMS)('an application on %s with the server inside', (platform) => {
  it('injects the services of the server', async () => {
    const { port } = await startHost({ platform, server: {}, controllers: [Accounts] });
    expect((await send(port, { path: '/clients' })).body).toBe(`{"data":{"found":"${USERS.alice.username}"}}`);
  });

  it('guards its own controllers with the tokens of the server', async () => {
    const host = await startHost({ platform, server: {}, controllers: [Accounts] });
    const { access_token } = await clientCredentials(host, CLIENTS.machine);
    const path = '/blog/clients/mine';
    expect((await send(host.port, { path })).status).toBe(401);
    const headers = { authorization: `Bearer ${access_token}` };
    expect((await send(host.port, { path, headers })).body).toBe('{"data":{"client":"machine"}}');
  });

  it('guards them by options of its own, which the guards of our APIs do not know', async () => {
    const resource = 'https://blog.example/api';
    const guards = { resource, global: true };
    const host = await startHost({ platform, server: { guards }, controllers: [Accounts] });
    expect((await send(host.port, { path: '/users' })).status).toBe(401);
    const document = await send(host.port, { path: '/.well-known/oauth-protected-resource/api' });
    expect(JSON.parse(document.body)).toMatchObject({ resource, scopes_supported: ['read'] });
    const token = await administratorToken(host);
    const headers = { authorization: `Bearer ${token}` };
    expect((await send(host.port, { path: '/api/users', headers })).status).toBe(200);
    expect((await send(host.port, { path: '/blog/clients/mine', headers })).status).toBe(401);
    expect((await send(host.port, { path: '/oauth/jwks' })).status).toBe(200);
  });

  it('adds an endpoint of its own to the protocol, which its own guards and wrappers do not touch', async () => {
    const host = await startHost({ platform, server: { issuerPath: '/auth' }, controllers: [PingController] });
    expect((await send(host.port, { path: '/auth/oauth/ping' })).body).toBe('{"pong":true}');
    expect((await send(host.port, { path: '/oauth/ping' })).status).toBe(404);
    const metadata = await send(host.port, { path: '/auth/.well-known/oauth-authorization-server' });
    expect(JSON.parse(metadata.body)).toMatchObject({ ping_endpoint: `${host.issuer}/oauth/ping` });
  });

  it('documents none of our routes as its own', async () => {
    const { app } = await startHost({ platform, server: {} });
    const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    expect(Object.keys(paths).filter((path) => /oauth\/|sign-in|^\/api/.test(path))).toEqual([]);
    expect(Object.keys(paths)).toContain('/oauth-info');
  });

  it('has the pages that it wants', async () => {
    const host = await startHost({ platform, server: { pages: false } });
    for (const path of ['/sign-in', '/sign-up', '/consent', '/account', '/api/docs'])
      expect([path, (await send(host.port, { path })).headers['x-blog']]).toEqual([path, 'yes']);
    expect(await clientCredentials(host, CLIENTS.machine)).toMatchObject({ token_type: 'Bearer' });
    const metadata = await send(host.port, { path: '/.well-known/oauth-authorization-server' });
    expect(JSON.parse(metadata.body)).not.toHaveProperty('service_documentation');
  });
});

it('knows nothing of another application in the same process', async () => {
  const one = await startHost({ platform: 'fastify', server: {} });
  const other = await startHost({ platform: 'express', server: { issuerPath: '/auth' } });
  const tokens = await redeem(one, CLIENTS.web, await authorize(one, { client_id: 'web', scope: 'openid read' }));
  expect(await introspect(one, tokens.access_token)).toMatchObject({ active: true, iss: one.issuer });
  expect(await introspect(other, tokens.access_token)).toEqual({ active: false });
});

it('has a home page of ours below a path of the issuer only, and links to its own otherwise', async () => {
  const below = await startHost({ platform: 'fastify', server: { issuerPath: '/auth', pages: { account: false } } });
  expect((await send(below.port, { path: '/auth' })).status).toBe(200);
  expect((await send(below.port, { path: '/auth/account' })).status).toBe(404);
  const atRoot = await startHost({ platform: 'fastify', server: {} });
  expect((await send(atRoot.port, { path: '/oauth/authorize' })).body).toContain('href="/"');
});

describe('options', () => {
  const create = (options: object): Promise<unknown> => {
    @Module({ imports: [AuthorizationServerModule.forRoot(options as never)] })
    class AppModule {}
    return NestFactory.create(AppModule, new FastifyAdapter(), { logger: false, abortOnError: false });
  };

  it('stop the start with every fault at once', async () => {
    const fault = await create({ issuer: 'ftp://x', secretKeys: ['short'], database: {}, signup: true }).catch(
      (error: unknown) => error,
    );
    expect(fault).toBeInstanceOf(ConfigurationError);
    expect((fault as ConfigurationError).faults).toEqual([
      'signup: is unknown, use signUp',
      'issuer: must be an absolute https URL',
      'secretKeys: must hold strings of at least 32 characters',
      'database: must hold either url or embedded',
    ]);
  });

  it('name no client whose secret nobody would learn', async () => {
    const database = { url: await createDatabase({ empty: true }) };
    const bootstrap = { clients: [{ client_id: 'reports', grant_types: ['client_credentials'] }] };
    const start = startHost({ platform: 'fastify', server: { database, bootstrap } });
    await expect(start).rejects.toThrow('clients[0].client_secret: must be given when the client is created');
  });

  it('make no administrator by themselves', async () => {
    const options = await optionsFor('http://localhost:3000', { bootstrap: {} });
    const { app } = await startHost({ platform: 'fastify', module: () => AuthorizationServerModule.forRoot(options) });
    expect(await app.get(UsersService).list({ limit: 1 })).toEqual([]);
  });
});
