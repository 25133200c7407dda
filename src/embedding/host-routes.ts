// Has the host application a route of its own for a request? It goes before ours; one that takes everything does not.
import type { FastifyRequest } from 'fastify';

/** `*`, `/*path`, `/{*path}`, `(.*)`: a page that answers whatever nobody else does. */
const EVERYTHING = /^\/?(?:\*\w*|\{\/?\*\w*\}|\(?\.\*\)?)$/;

/** The part of Express's router that is read here. */
export interface ExpressRouter {
  stack: ExpressLayer[];
}

interface ExpressLayer {
  match(path: string): boolean;
  /** The part of the path that it has matched. */
  path?: string;
  route?: { path: unknown; _handlesMethod(method: string): boolean };
  handle: { stack?: ExpressLayer[] };
}

export function fastifyHasRoute({ is404, routeOptions }: Pick<FastifyRequest, 'is404' | 'routeOptions'>): boolean {
  return !is404 && !EVERYTHING.test(routeOptions.url ?? '');
}

/** @param path without the query */
export function expressHasRoute({ stack }: ExpressRouter, method: string, path: string): boolean {
  return stack.some((layer) => {
    const { route, handle } = layer;
    if (route) return !takesEverything(route.path) && layer.match(path) && route._handlesMethod(method);
    if (!handle.stack || !layer.match(path)) return false;
    const rest = path.slice(layer.path?.length ?? 0);
    return expressHasRoute({ stack: handle.stack }, method, rest.startsWith('/') ? rest : `/${rest}`);
  });
}

function takesEverything(path: unknown): boolean {
  if (Array.isArray(path)) return path.some(takesEverything);
  return EVERYTHING.test(path instanceof RegExp ? path.source.replace(/^\^|\$$/g, '') : String(path));
}
