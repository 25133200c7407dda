// The HTTP side of the stand-alone server: its limits, its log, https.
import type { RequestListener, Server } from 'node:http';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyBaseLogger, LogController } from 'fastify';
import type { Logger as PinoLogger } from 'pino';
import { AppModule } from './app.module.js';
import type { ServerOptions } from './config/options.js';
import type { TlsCredentials } from './config/tls.js';
import type { EmbeddedPostgres } from './database/embedded-postgres.js';
import { refuseBytes } from './http-refusals.js';
import { NestLogger } from './logging.js';
import { PublishedDocuments } from './oauth/endpoints/published-documents.js';
import { ErrorFilter } from './pages/error.filter.js';
import { createProtocolAdapter, fixedHeaders, requestIds } from './protocol-adapter.js';

const MAX_HEADER_SIZE = 32 * 1024;
const REQUEST_TIMEOUT = 30_000;
/** RFC 9325 §3.1.1: nothing below TLS 1.2. */
const HTTPS = { maxHeaderSize: MAX_HEADER_SIZE, minVersion: 'TLSv1.2', handshakeTimeout: REQUEST_TIMEOUT } as const;

export interface HttpServerSettings {
  options: ServerOptions;
  logger: PinoLogger;
  trustProxy: boolean | number | string[];
  /** Absent: http. */
  tls?: TlsCredentials;
  embedded?: EmbeddedPostgres;
}

export async function createApplication({
  options,
  logger,
  trustProxy,
  tls,
  embedded,
}: HttpServerSettings): Promise<NestFastifyApplication> {
  const adapter = createProtocolAdapter({
    options,
    filter: () => app.get(ErrorFilter),
    fastify: {
      // Fastify has nothing to say that we do not say ourselves, but for its troubles.
      loggerInstance: logger.child({}, { level: atLeastWarn(logger.level) }),
      logController: new LogController({ disableRequestLogging: true }),
      // Log lines name their request themselves; a logger for each one costs more than routing it.
      childLoggerFactory: (parent: FastifyBaseLogger) => parent,
      trustProxy: typeof trustProxy === 'number' ? trustHops(trustProxy) : trustProxy,
      requestTimeout: REQUEST_TIMEOUT,
      ...(tls ? { https: { ...tls, ...HTTPS } } : { http: { maxHeaderSize: MAX_HEADER_SIZE } }),
      clientErrorHandler: refuseBytes,
    },
  });
  if (logger.isLevelEnabled('debug')) {
    adapter.getInstance().addHook('onResponse', (request, reply, done) => {
      const path = request.url.split('?')[0];
      logger.debug(
        {
          reference: request.id,
          method: request.method,
          path,
          status: reply.statusCode,
          ms: Math.round(reply.elapsedTime),
        },
        'request',
      );
      done();
    });
  }
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(options, embedded), adapter, {
    logger: new NestLogger(logger),
    rawBody: true,
    abortOnError: false,
  });
  app.useGlobalFilters(app.get(ErrorFilter));
  // Every request is in a log of that level.
  if (!logger.isLevelEnabled('debug')) answerDocumentsFirst(app, options);
  return app;
}

/** Whatever is not at hand goes its way through Fastify and Nest, with the same answer. */
function answerDocumentsFirst(app: NestFastifyApplication, options: ServerOptions): void {
  const documents = app.get(PublishedDocuments);
  const fixed = fixedHeaders(options).flat();
  const nextId = requestIds();
  const server: Server = app.getHttpServer();
  const [others] = server.listeners('request') as RequestListener[];
  server.off('request', others);
  server.on('request', (request, reply) => {
    // While it stops Fastify has something to say.
    const published = request.method === 'GET' && server.listening ? documents.at(request.url ?? '') : undefined;
    if (!published) return others(request, reply);
    reply.writeHead(200, ['x-request-id', nextId(), ...fixed, ...published.headers]).end(published.body);
  });
}

function atLeastWarn(level: string): string {
  return ['error', 'fatal', 'silent'].includes(level) ? level : 'warn';
}

/** Believes as many proxies as there are in front. */
function trustHops(hops: number): (address: string, hop: number) => boolean {
  return (_address, hop) => hop < hops;
}
