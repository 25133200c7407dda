// What createTestServer loads when it is called: the whole server, and a host application around it.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { newClientFromWire } from '../clients/client-wire.js';
import { ClientsService } from '../clients/clients.service.js';
import { AuthorizationServerModule } from '../embedding/authorization-server.module.js';
import { EventBus } from '../events/event-bus.js';
import type { OAuthEventName } from '../events/events.js';
import { UsersService } from '../users/users.service.js';
import type { TestServerOptions } from './create-test-server.js';
import { openTestDatabase } from './test-database.js';

export interface StartedServer {
  app: NestFastifyApplication;
  url: string;
  issuer: string;
  users: UsersService;
  clients: ClientsService;
  readClient: typeof newClientFromWire;
  happened: (name: OAuthEventName) => unknown[];
  close: () => Promise<void>;
}

/** Between the moment at which a port was free and the one at which it is taken, another process may have taken it. */
const ATTEMPTS = 5;

export async function startTestServer(options: TestServerOptions): Promise<StartedServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(options, await freePort());
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EADDRINUSE' || attempt === ATTEMPTS) throw error;
    }
  }
}

async function start(options: TestServerOptions, port: number): Promise<StartedServer> {
  const { databaseUrl, issuerPath = '', imports = [], controllers, providers, configure, ...given } = options;
  const url = `http://localhost:${port}`;
  const issuer = url + issuerPath;
  const { drop, ...database } = await openTestDatabase(databaseUrl);
  const secretKeys = [randomBytes(32).toString('base64url')];
  const server = AuthorizationServerModule.forRoot({ pages: true, secretKeys, ...given, issuer, database });

  @Module({ imports: [server, ...imports], controllers, providers })
  class TestHostModule {}

  let app: NestFastifyApplication | undefined;
  const close = async (): Promise<void> => {
    // A connection that has had no request yet is not idle to Node: it would be waited for.
    app?.getHttpServer().closeAllConnections();
    await app?.close();
    await drop();
  };
  try {
    app = await NestFactory.create<NestFastifyApplication>(TestHostModule, new FastifyAdapter(), {
      logger: false,
      abortOnError: false,
    });
    await configure?.(app);
    await app.init();
    const happened = record(app.get(EventBus));
    await app.listen(port);
    const [users, clients] = [app.get(UsersService), app.get(ClientsService)];
    return { app, url, issuer, users, clients, readClient: newClientFromWire, happened, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Of every event there is, as the bus lets nobody listen to all. */
const EVENTS = {
  'client.authenticated': true,
  'token.issued': true,
  'token.revoked': true,
  'token.updated': true,
  'token.authenticated': true,
  'code.reused': true,
  'refresh_token.reused': true,
  'user.signed_in': true,
  'user.sign_in_failed': true,
  'user.signed_out': true,
  'user.created': true,
  'user.password_changed': true,
  'user.disabled': true,
  'user.deleted': true,
  'identity.linked': true,
  'identity.unlinked': true,
  'consent.granted': true,
  'consent.denied': true,
  'consent.withdrawn': true,
  'client.registered': true,
  'logout.delivered': true,
  'logout.failed': true,
  'remote_session.ended': true,
  'client.created': true,
  'client.updated': true,
  'client.deleted': true,
  'key.created': true,
  'key.retired': true,
  'key.dropped': true,
} satisfies Record<OAuthEventName, true>;

function record(bus: EventBus): (name: OAuthEventName) => unknown[] {
  const happened = new Map<OAuthEventName, unknown[]>();
  for (const name of Object.keys(EVENTS) as OAuthEventName[]) {
    const payloads: unknown[] = [];
    happened.set(name, payloads);
    bus.on(name, (payload) => void payloads.push(payload));
  }
  return (name) => happened.get(name) ?? [];
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0);
  await new Promise((done, fail) => probe.once('listening', done).once('error', fail));
  const { port } = probe.address() as { port: number };
  await new Promise((done) => probe.close(done));
  return port;
}
