// Marks the methods that listen to events.
import type { OAuthEventName, OAuthEvents } from './events.js';

/** What is called when something has happened. */
export type OAuthEventListener<E extends OAuthEventName> = (payload: OAuthEvents[E], name: E) => void | Promise<void>;

const KEY = Symbol('oauth-event-listener');

/**
 * The method is called after each of these events, once what the event tells of has been committed. Nobody waits for
 * it, and an error that it throws is logged and changes nothing. Any provider or controller of the application may
 * have such methods; it must not be request-scoped or transient: the start fails then.
 *
 * @param names of the events: see {@link OAuthEvents} for the payload of each
 * @example
 * \@Injectable()
 * class Audit {
 *   \@OnOAuthEvent('token.issued')
 *   issued({ clientId, scope }: OAuthEvents['token.issued']): void {
 *     console.log(`${clientId} may now ${scope}`);
 *   }
 *
 *   \@OnOAuthEvent('user.signed_in', 'user.signed_out')
 *   async came({ userId }: { userId: string }, name: OAuthEventName): Promise<void> {
 *     await this.journal.write(userId, name);
 *   }
 * }
 */
export function OnOAuthEvent<E extends OAuthEventName>(first: E, ...names: E[]) {
  return <L extends OAuthEventListener<E>>(
    _target: object,
    _method: string | symbol,
    descriptor: TypedPropertyDescriptor<L>,
  ): void => {
    const method = descriptor.value as object;
    Reflect.defineMetadata(KEY, new Set([...eventsOf(method), first, ...names]), method);
  };
}

/** The events that a method listens to. */
export function eventsOf(method: object): readonly OAuthEventName[] {
  return [...((Reflect.getMetadata(KEY, method) as Set<OAuthEventName> | undefined) ?? [])];
}
