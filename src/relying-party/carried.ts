// What an application wants to have again at the callback travels with the state, bound to the same browser.
import type { AuthorizationUrl } from './oauth-client.js';

const MEMBER = 'carried';
const CARRIED = Symbol('carried');

interface Carrier {
  [CARRIED]?: Readonly<Record<string, unknown>>;
}

/**
 * Adds what {@link carriedBy} gives at the callback; it has to fit into a cookie.
 *
 * @param carried members that are JSON
 * @returns what is to be saved in the place of the authorization
 * @example await client.saveAuthorizationData(reply, carry(authorization, { next: '/orders' }));
 */
export function carry(authorization: AuthorizationUrl, carried: Readonly<Record<string, unknown>>): AuthorizationUrl {
  return { ...authorization, data: { ...authorization.data, [MEMBER]: carried } };
}

/** At the callback, once the state was found to be this browser's. @param data that belongs to the state */
export function rememberCarried(request: object, data: object): void {
  const carried = (data as Record<string, unknown>)[MEMBER];
  if (typeof carried === 'object' && carried !== null)
    Object.defineProperty(request, CARRIED, { value: carried, configurable: true });
}

/**
 * What {@link carry} gave to the request that is answered at this callback, also when the provider answered an error.
 *
 * @returns undefined where nothing was, and before `authorizeAccessToken` has found the state
 * @example const next = carriedBy(request)?.next;
 */
export function carriedBy(request: object): Readonly<Record<string, unknown>> | undefined {
  return (request as Carrier)[CARRIED];
}
