// What must end together with a password or an account: modules above this one say here what they hold of a user.
import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/database.js';

/** `role_lost`: the user is no administrator any more; what only administrators may have ends, the rest goes on. */
export type AccessEndReason = 'password_changed' | 'user_disabled' | 'role_lost';

/** What goes on. */
export interface KeptAccess {
  /** The session in which the password was changed. */
  sessionId?: string;
}

export type AccessEndedHook = (
  tx: Transaction,
  userId: string,
  reason: AccessEndReason,
  keep?: KeptAccess,
) => Promise<void>;

export type UserDeletedHook = (tx: Transaction, userId: string) => Promise<void>;

@Injectable()
export class UserLifecycle {
  private readonly hooks: AccessEndedHook[] = [];
  private readonly deletionHooks: UserDeletedHook[] = [];

  /**
   * Registers what ends the user's access, in the transaction that changes the account: all or nothing.
   * @example lifecycle.onAccessEnded((tx, userId, reason) => grants.revokeByUser(tx, userId, reason));
   */
  onAccessEnded(hook: AccessEndedHook): void {
    this.hooks.push(hook);
  }

  /**
   * Registers what is removed with an account, in the transaction that deletes it, after its access was ended.
   * @example lifecycle.onDeleted((tx, userId) => grants.deleteOf(tx, { userId }));
   */
  onDeleted(hook: UserDeletedHook): void {
    this.deletionHooks.push(hook);
  }

  async endAccess(tx: Transaction, userId: string, reason: AccessEndReason, keep?: KeptAccess): Promise<void> {
    for (const hook of this.hooks) await hook(tx, userId, reason, keep);
  }

  async delete(tx: Transaction, userId: string): Promise<void> {
    for (const hook of this.deletionHooks) await hook(tx, userId);
  }
}
