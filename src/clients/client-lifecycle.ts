// What must end when a client is disabled or loses a right: modules above this one say here what they hold of a client.
import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/database.js';

/** `scope_lost`: it is not registered for the scopes any more; what carries none of them goes on. */
export type ClientAccessEndReason = 'client_disabled' | 'scope_lost';

export type ClientAccessEndedHook = (
  tx: Transaction,
  clientId: string,
  reason: ClientAccessEndReason,
  scopes?: readonly string[],
) => Promise<void>;

export type ClientsDeletedHook = (tx: Transaction, clientIds: readonly string[]) => Promise<void>;

@Injectable()
export class ClientLifecycle {
  private readonly hooks: ClientAccessEndedHook[] = [];
  private readonly deletionHooks: ClientsDeletedHook[] = [];

  /**
   * Registers what ends the client's access, in the transaction that changes the client: all or nothing.
   * @example lifecycle.onAccessEnded((tx, clientId, reason, scopes) => grants.revokeByClient(tx, clientId, reason, scopes));
   */
  onAccessEnded(hook: ClientAccessEndedHook): void {
    this.hooks.push(hook);
  }

  /**
   * Registers what is removed with clients, in the transaction that deletes them.
   * @example lifecycle.onDeleted((tx, clientIds) => grants.deleteOf(tx, { clientIds }));
   */
  onDeleted(hook: ClientsDeletedHook): void {
    this.deletionHooks.push(hook);
  }

  async endAccess(
    tx: Transaction,
    clientId: string,
    reason: ClientAccessEndReason,
    scopes?: readonly string[],
  ): Promise<void> {
    for (const hook of this.hooks) await hook(tx, clientId, reason, scopes);
  }

  async delete(tx: Transaction, clientIds: readonly string[]): Promise<void> {
    if (clientIds.length === 0) return;
    for (const hook of this.deletionHooks) await hook(tx, clientIds);
  }
}
