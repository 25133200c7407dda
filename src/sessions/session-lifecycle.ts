// What must happen together with the end of a session, however it ends: modules above this one say it here.
import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/database.js';

export type SessionsEndedHook = (tx: Transaction, sessionIds: readonly string[]) => Promise<void>;

@Injectable()
export class SessionLifecycle {
  private readonly hooks: SessionsEndedHook[] = [];

  /**
   * Registers what is done in the transaction that ends sessions: all or nothing.
   * @example lifecycle.onEnded((tx, sessionIds) => notifications.create(tx, sessionIds));
   */
  onEnded(hook: SessionsEndedHook): void {
    this.hooks.push(hook);
  }

  async end(tx: Transaction, sessionIds: readonly string[]): Promise<void> {
    if (sessionIds.length === 0) return;
    for (const hook of this.hooks) await hook(tx, sessionIds);
  }
}
