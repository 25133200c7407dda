// The Fastify on which the routes of the server lie, stand-alone and inside a host application: our limits, our headers,
// the paths of the issuer.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ExceptionFilter } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { InvalidRequestError } from './common/oauth-error.js';
import { MAX_RESOURCE_IDENTIFIER_LENGTH } from './common/resource-identifier.js';
import type { ServerOptions } from './config/options.js';

const BODY_LIMIT = 128 * 1024;
/** OIDC Core §5.3.1: also asked by POST, with the token in the header and nothing in the body. */
const USERINFO = '/oauth/userinfo';

export interface ProtocolAdapterSettings {
  options: Pick<ServerOptions, 'basePath' | 'secure'>;
  /** Answers what goes wrong before there is a route; asked for when it does. */
  filter: () => ExceptionFilter;
  /** Of Fastify, beside those that are the same everywhere. */
  fastify: FastifyServerOptions;
}

/** What every answer has, beside the name of its request. */
export function fixedHeaders({ secure }: Pick<ServerOptions, 'secure'>): [name: string, value: string][] {
  const headers: [string, string][] = [['x-content-type-options', 'nosniff']];
  if (secure) headers.push(['strict-transport-security', 'max-age=31536000; includeSubDomains']);
  return headers;
}

export function createProtocolAdapter({ options, filter, fastify }: ProtocolAdapterSettings): FastifyAdapter {
  const fixed = fixedHeaders(options);
  const setCommonHeaders = (request: FastifyRequest, reply: FastifyReply): void => {
    reply.header('x-request-id', request.id);
    for (const [name, value] of fixed) reply.header(name, value);
  };
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    genReqId: requestIds(),
    rewriteUrl: belowIssuerPath(options.basePath),
    // As long as a resource's identifier can be when each of its characters is percent-encoded.
    routerOptions: { maxParamLength: 3 * MAX_RESOURCE_IDENTIFIER_LENGTH, ignoreTrailingSlash: false },
    // A URL that cannot be decoded reaches no hook and no handler.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      setCommonHeaders(request, reply);
      filter().catch(error, new ExecutionContextHost([request, reply]));
    },
    // No route has a schema: what would compile them is not even loaded.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    ...fastify,
  });
  adapter.getInstance().addHook('onRequest', (request, reply, done) => {
    setCommonHeaders(request, reply);
    forgetTypeOfNothing(request);
    // A NUL in the path names nothing, and no database takes it.
    const hasNul = request.url.includes('%00') && request.url.split('?', 1)[0].includes('%00');
    done(hasNul ? new InvalidRequestError('The URL is malformed.') : undefined);
  });
  return adapter;
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

/** Unique over instances and restarts, and cheap: one random prefix a process, then a counter. */
export function requestIds(): () => string {
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
  return ({ url = '/' }) =>
    pathBelowIssuer(url, basePath) ?? (url.startsWith('/health/') ? url : '/outside-of-the-issuer');
}

/** The URL without the issuer's path; undefined when it is not below the issuer. */
export function pathBelowIssuer(url: string, basePath: string): string | undefined {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  const rest = query < 0 ? '' : url.slice(query);
  if (path === basePath) return `/${rest}`;
  if (path.startsWith(`${basePath}/`)) return url.slice(basePath.length);
  if (path.startsWith('/.well-known/') && path.endsWith(basePath)) return path.slice(0, -basePath.length) + rest;
  return undefined;
}
