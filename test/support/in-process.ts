// The whole server in the process of the spec, for what only code can give it: generators, listeners of events.
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { AppModule } from '../../src/app.module.js';
import { checkBootstrap } from '../../src/bootstrap/bootstrap-document.js';
import { Bootstrap } from '../../src/bootstrap/bootstrap.service.js';
import { type AuthorizationServerOptionsInput, ServerOptions } from '../../src/config/options.js';
import { EventBus } from '../../src/events/event-bus.js';
import type { OAuthEventName, OAuthEvents } from '../../src/events/events.js';
import { createApplication } from '../../src/http-server.js';
import { KeyStore } from '../../src/tokens/keys/key-store.js';
import { closeApplication, onClose } from './cleanup.js';
import { createDatabase } from './database.js';
import { bootstrap } from './fixtures.js';
import type { Server } from './flow.js';
import { freePort } from './server.js';
import { SECRET_KEYS } from './state.js';

export interface InProcessServer extends Server {
  app: NestFastifyApplication;
  database: string;
  /** What happened so far, by name. */
  events<E extends OAuthEventName>(name: E): OAuthEvents[E][];
}

const EVENTS: OAuthEventName[] = [
  'client.authenticated',
  'token.issued',
  'token.revoked',
  'token.authenticated',
  'code.reused',
  'refresh_token.reused',
  'consent.granted',
  'consent.denied',
  'client.created',
  'client.registered',
  'client.updated',
  'client.deleted',
  'logout.delivered',
  'logout.failed',
  'key.created',
  'key.retired',
  'key.dropped',
];

/**
 * Starts a server with the world of fixtures.ts, or another one, and with plug-ins of a host application; closed after the spec.
 * @example const server = await startInProcess({ accessTokenGenerator: ({ clientId }) => `${clientId}-${randomUUID()}` });
 */
export async function startInProcess(
  given: Partial<AuthorizationServerOptionsInput> = {},
  plugins: readonly Type[] = [],
  world: ReturnType<typeof bootstrap> = bootstrap(),
): Promise<InProcessServer> {
  const isController = (type: Type): boolean => Reflect.hasMetadata('path', type);
  Reflect.defineMetadata(
    'providers',
    plugins.filter((type) => !isController(type)),
    AppModule,
  );
  Reflect.defineMetadata('controllers', plugins.filter(isController), AppModule);
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const databaseUrl = given.databaseUrl ?? (await createDatabase());
  const options = ServerOptions.from({ issuer: url, secretKeys: [SECRET_KEYS], ...given, databaseUrl });
  const app = await createApplication({ options, logger: pino({ level: 'silent' }), trustProxy: false });
  onClose(() => closeApplication(app));
  await app.init();
  await app.get(KeyStore).ensure('ES256');
  const document = checkBootstrap(world as Parameters<typeof checkBootstrap>[0], false, []);
  await app.get(Bootstrap).apply(document, { firstStart: false, clientSecrets: [] });
  await app.listen(port, '0.0.0.0');

  const happened = new Map(EVENTS.map((name) => [name, [] as unknown[]]));
  for (const [name, payloads] of happened) app.get(EventBus).on(name, (payload) => void payloads.push(payload));
  const events = <E extends OAuthEventName>(name: E): OAuthEvents[E][] => happened.get(name) as OAuthEvents[E][];
  return { app, url, issuer: options.issuer, database: databaseUrl, events };
}
