// The HTTP side of the stand-alone server: Fastify with our limits, headers, request ids and log.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestFactory } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Logger as PinoLogger } from 'pino';
import { AppModule } from './app.module.js';
import { InvalidRequestError } from './common/oauth-error.js';
import { MAX_RESOURCE_IDENTIFIER_LENGTH } from './common/resource-identifier.js';
import type { ServerOptions } from './config/options.js';
import type { TlsCredentials } from './config/tls.js';
import type { EmbeddedPostgres } from './database/embedded-postgres.js';
import { refuseBytes } from './http-refusals.js';
import { NestLogger } from './logging.js';
import { ErrorFilter } from './pages/error.filter.js';

const BODY_LIMIT = 128 * 1024;
const MAX_HEADER_SIZE = 32 * 1024;
const REQUEST_TIMEOUT = 30_000;
/** OIDC Core §5.3.1: also asked by POST, with the token in the header and nothing in the body. */
const USERINFO = '/oauth/userinfo';
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
  const adapter = new FastifyAdapter({
    // Fastify has nothing to say that we do not say ourselves, but for its troubles.
    loggerInstance: logger.child({}, { level: atLeastWarn(logger.level) }),
    logController: new LogController({ disableRequestLogging: true }),
    // Log lines name their request themselves; a logger for each one costs more than routing it.
    childLoggerFactory: (parent: FastifyBaseLogger) => parent,
    bodyLimit: BODY_LIMIT,
    trustProxy: typeof trustProxy === 'number' ? trustHops(trustProxy) : trustProxy,
    genReqId: requestIds(),
    requestTimeout: REQUEST_TIMEOUT,
    ...(tls ? { https: { ...tls, ...HTTPS } } : { http: { maxHeaderSize: MAX_HEADER_SIZE } }),
    rewriteUrl: belowIssuerPath(options.basePath),
    // As long as a resource's identifier can be when each of its characters is percent-encoded.
    routerOptions: { maxParamLength: 3 * MAX_RESOURCE_IDENTIFIER_LENGTH, ignoreTrailingSlash: false },
    // A URL that cannot be decoded reaches no hook and no handler.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      setCommonHeaders(request, reply);
      app.get(ErrorFilter).catch(error, new ExecutionContextHost([request, reply]));
    },
    clientErrorHandler: refuseBytes,
    // No route has a schema: what would compile them is not even loaded.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
  });
  const setCommonHeaders = (request: FastifyRequest, reply: FastifyReply): void => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    if (options.secure) reply.header('strict-transport-security', 'max-age=31536000; includeSubDomains');
  };
  const fastify = adapter.getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    setCommonHeaders(request, reply);
    forgetTypeOfNothing(request);
    // A NUL in the path names nothing, and no database takes it.
    const hasNul = request.url.includes('%00') && request.url.split('?', 1)[0].includes('%00');
    done(hasNul ? new InvalidRequestError('The URL is malformed.') : undefined);
  });
  if (logger.isLevelEnabled('debug')) {
    fastify.addHook('onResponse', (request, reply, done) => {
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
  return app;
}

/** Where no body is needed, one that is not there has no type, though many clients name one with every request. */
function forgetTypeOfNothing({ method, url, raw: { headers } }: FastifyRequest): void {
  const isEmpty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  if (isEmpty && (method === 'DELETE' || url === USERINFO)) delete headers['content-type'];
}

function noSchemas(): () => never {
  return () => {
    throw new Error('Routes of this server have no schemas.');
  };
}

function atLeastWarn(level: string): string {
  return ['error', 'fatal', 'silent'].includes(level) ? level : 'warn';
}

/** Believes as many proxies as there are in front. */
function trustHops(hops: number): (address: string, hop: number) => boolean {
  return (_address, hop) => hop < hops;
}

/** Unique over instances and restarts, and cheap: one random prefix a process, then a counter. */
function requestIds(): () => string {
  const prefix = randomBytes(6).toString('hex');
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}

/**
 * Everything lies below the issuer's path; the well-known documents also answer where RFC 8414 §3 puts them, between
 * host and path. The health checks answer at the root as well.
 */
function belowIssuerPath(basePath: string): ((request: Pick<IncomingMessage, 'url'>) => string) | undefined {
  if (basePath === '') return undefined;
  return ({ url = '/' }) => {
    const query = url.indexOf('?');
    const path = query < 0 ? url : url.slice(0, query);
    const rest = query < 0 ? '' : url.slice(query);
    if (path === basePath) return `/${rest}`;
    if (path.startsWith(`${basePath}/`)) return url.slice(basePath.length);
    if (path.startsWith('/.well-known/') && path.endsWith(basePath)) return path.slice(0, -basePath.length) + rest;
    return path.startsWith('/health/') ? url : '/outside-of-the-issuer';
  };
}
