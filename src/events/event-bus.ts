// Delivers events to whoever listens, after what they tell of was committed. A failing listener harms nobody.
import { Injectable, Logger } from '@nestjs/common';
import type { OAuthEventName, OAuthEvents } from './events.js';
import type { OAuthEventListener } from './on-oauth-event.js';

/** Where listeners subscribe that are no methods: see {@link OnOAuthEvent} for those that are. */
@Injectable()
export class EventBus {
  private readonly logger = new Logger(EventBus.name);
  private readonly listeners = new Map<OAuthEventName, Set<OAuthEventListener<never>>>();

  /**
   * @returns a function that ends the subscription
   * @example bus.on('token.issued', ({ clientId }) => counter.add(1, { clientId }));
   */
  on<E extends OAuthEventName>(name: E, listener: OAuthEventListener<E>): () => void {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Call it after the commit: listeners run at once and are not waited for. */
  emit<E extends OAuthEventName>(name: E, payload: OAuthEvents[E]): void {
    const listeners = this.listeners.get(name);
    if (!listeners) return;
    for (const listener of listeners as Set<OAuthEventListener<E>>) {
      try {
        void Promise.resolve(listener(payload, name)).catch((error: unknown) => this.report(name, error));
      } catch (error) {
        this.report(name, error);
      }
    }
  }

  private report(name: OAuthEventName, error: unknown): void {
    this.logger.error(`A listener of '${name}' failed: ${error instanceof Error ? error.message : 'unknown error'}`);
  }
}
