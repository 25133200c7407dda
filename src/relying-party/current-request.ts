// The request that is being answered, anywhere in the call chain, and whose session it has.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { HttpRequest } from '../common/http.js';
import type { RemoteSession } from './session-store.js';

/** What is known of a request's session. */
export interface Presence {
  /** Found once for each request. */
  session?: Promise<RemoteSession | undefined>;
  /** Under which the session is stored, once this request has begun or ended one: its cookie says something else. */
  key?: string | null;
  /** Of a sign-in without a session here. */
  presented?: RemoteSession;
  /** Of the application's own sessions. */
  find?: (request: HttpRequest) => Promise<RemoteSession | undefined>;
}

/** On the request: of many short-lived ones a WeakMap would be dear. */
const PRESENCE = Symbol('presence');
const requests = new AsyncLocalStorage<object>();

export function presenceOf(request: object): Presence {
  const carrier = request as { [PRESENCE]?: Presence };
  if (!carrier[PRESENCE]) Object.defineProperty(request, PRESENCE, { value: {} });
  return carrier[PRESENCE]!;
}

/** The session of a request that the application is answering. */
export async function sessionOf(request: HttpRequest): Promise<RemoteSession | undefined> {
  const presence = presenceOf(request);
  return presence.presented ?? presence.find?.(request);
}

/** Runs what answers a request with the request at hand. */
export function runWithRequest<T>(request: object, run: () => T): T {
  return requests.run(request, run);
}

/** Of the call chain at hand. */
export function currentRequest(): object | undefined {
  return requests.getStore();
}
