// Takes the server's requests from a host application on Fastify or Express, before anything else of the host sees them.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ExpressRouter, expressHasRoute, fastifyHasRoute } from './host-routes.js';

/** What the host knows of a request. */
export interface HostRequest {
  /** The address of the client, as far as the proxies that the host trusts tell. */
  ip: string;
  /** The host's id of the request, where it gives one. */
  id?: string;
}

export interface HostRequestHandler {
  /** Is the URL one of the server's? */
  wants(url: string): boolean;
  answer(request: HostRequest, raw: IncomingMessage, response: ServerResponse): void;
}

type ExpressRequest = IncomingMessage & { ip?: string; id?: unknown; app: { router: ExpressRouter } };
type Hook = (request: never, response: never, done: () => void) => unknown;

/** Both adapters have one hook that runs before everything else. */
interface HookedAdapter {
  onRequestHook?: Hook;
  setOnRequestHook(hook: Hook): void;
}

export function takeRequests(adapter: AbstractHttpAdapter | undefined, handler: HostRequestHandler): void {
  const type = adapter?.getType?.();
  if (type === 'fastify') hook(adapter as unknown as HookedAdapter, fromFastify(handler));
  else if (type === 'express') hook(adapter as unknown as HookedAdapter, fromExpress(handler));
  else throw new Error('AuthorizationServerModule needs an application on Fastify or Express.');
}

/** Puts ours before the host's hook, whenever that is set. */
function hook(adapter: HookedAdapter, ours: Hook): void {
  let theirs = adapter.onRequestHook;
  adapter.setOnRequestHook((request, response, done) => {
    const goOn = theirs ? () => theirs?.call(adapter, request, response, done) : done;
    return ours(request, response, goOn);
  });
  adapter.setOnRequestHook = (hook) => void (theirs = hook);
}

function fromFastify(handler: HostRequestHandler): Hook {
  return (request: FastifyRequest, reply: FastifyReply, goOn: () => void): unknown => {
    if (!handler.wants(request.raw.url ?? '/') || fastifyHasRoute(request)) return goOn();
    reply.hijack();
    return handler.answer({ ip: request.ip, id: request.id }, request.raw, reply.raw);
  };
}

function fromExpress(handler: HostRequestHandler): Hook {
  return (request: ExpressRequest, response: ServerResponse, goOn: () => void): unknown => {
    const { url = '/', method = 'GET' } = request;
    if (!handler.wants(url) || expressHasRoute(request.app.router, method, url.split('?', 1)[0])) return goOn();
    // Express has set it on every response.
    response.removeHeader('x-powered-by');
    return handler.answer({ ip: request.ip ?? '' }, request, response);
  };
}
