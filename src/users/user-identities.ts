// Accounts at identity providers with which people sign in here: found, linked to one user each, unlinked.
// @see OIDC Core §5.7 https://openid.net/specs/openid-connect-core-1_0.html#ClaimStability
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { isStorableText } from '../common/parameters.js';
import { Database, type Transaction } from '../database/database.js';
import { EventBus } from '../events/event-bus.js';
import { UserIdentitiesRepository } from './user-identities.repository.js';
import type { User } from './user.js';
import { UserLifecycle } from './user-lifecycle.js';
import { UsersService } from './users.service.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** OIDC Core §2 allows 255 of a subject. */
const MAX_SUBJECT_LENGTH = 255;
const MAX_ISSUER_LENGTH = 1000;

/** What a provider says of who came: issuer and subject alone say who it is. */
export interface IdentityFacts {
  issuer: string;
  subject: string;
  /** The name under which the provider is configured. */
  provider: string;
  /** To be shown. */
  email?: string;
}

/** Somebody's account at an identity provider. */
export interface UserIdentity extends IdentityFacts {
  /** Names it on pages and in the API. */
  readonly id: string;
  readonly userId: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
}

/** Ends what was begun with an identity. @param keepSession the session that goes on */
type UnlinkedListener = (tx: Transaction, identity: UserIdentity, keepSession: string | undefined) => Promise<void>;

/** The identity is linked to another user. */
export class IdentityTakenError extends Error {
  override readonly name = 'IdentityTakenError';
}

@Injectable()
export class UserIdentities implements OnModuleInit {
  private readonly unlinkedListeners: UnlinkedListener[] = [];

  constructor(
    private readonly repository: UserIdentitiesRepository,
    private readonly users: UsersService,
    private readonly lifecycle: UserLifecycle,
    private readonly database: Database,
    private readonly events: EventBus,
  ) {}

  onModuleInit(): void {
    this.lifecycle.onDeleted((tx, userId) => this.repository.deleteOf(tx, userId));
  }

  /** Called while an identity is taken from its user, in the same transaction. */
  onUnlinked(listener: UnlinkedListener): void {
    this.unlinkedListeners.push(listener);
  }

  find(issuer: string, subject: string): Promise<UserIdentity | undefined> {
    return this.repository.find(issuer, subject);
  }

  /** Is it still the user's? Until the transaction ends nobody takes it from them. */
  hold(tx: Transaction, userId: string, { issuer, subject }: IdentityFacts): Promise<boolean> {
    return this.repository.hold(tx, userId, issuer, subject);
  }

  /** Whose it is; notes that somebody comes with it. */
  use(facts: IdentityFacts): Promise<UserIdentity | undefined> {
    return this.repository.use(facts);
  }

  /** The oldest first. */
  listOf(userId: string): Promise<UserIdentity[]> {
    return this.repository.listOf(userId);
  }

  /**
   * Links it to a user who has proven both.
   * @returns false when the account was disabled or changed since `user` was read
   * @throws IdentityTakenError when it is another user's
   */
  async link(user: User, facts: IdentityFacts): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      if (!(await this.users.hold(tx, user))) return false;
      await this.linkIn(tx, user.id, facts);
      return true;
    });
  }

  /** The same for a user whom the transaction creates. @throws IdentityTakenError */
  async linkIn(tx: Transaction, userId: string, facts: IdentityFacts): Promise<void> {
    const linked = await this.repository.link(tx, userId, facts);
    if (!linked) throw new IdentityTakenError('The identity is linked to another user.');
    const { provider } = facts;
    if (linked.created) tx.afterCommit(() => this.events.emit('identity.linked', { userId, provider }));
  }

  /**
   * Takes it from the user; the sessions that were begun with it end.
   * @param keepLastWay names of the providers that there are: refuses where nothing else is left to sign in with, neither a
   *   password nor another identity; false: takes it in any case
   * @param keepSession goes on all the same
   * @returns the identity; undefined when the user has no such one; `last` when it was refused
   */
  async unlink(
    userId: string,
    id: string,
    { keepLastWay, keepSession }: { keepLastWay: readonly string[] | false; keepSession?: string },
  ): Promise<UserIdentity | 'last' | undefined> {
    if (!UUID.test(id)) return undefined;
    return this.database.transaction(async (tx) => {
      // Locks the account: two of them at once cannot both be the one that is left.
      const hasPassword = await this.users.lockPassword(tx, userId);
      const identities = await this.repository.listOf(userId, tx);
      if (!identities.some((one) => one.id === id.toLowerCase())) return undefined;
      const ways = identities.filter(({ provider }) => keepLastWay && keepLastWay.includes(provider));
      if (!hasPassword && ways.length === 1 && ways[0].id === id.toLowerCase()) return 'last';
      const identity = await this.repository.delete(tx, userId, id);
      if (!identity) return undefined;
      for (const listener of this.unlinkedListeners) await listener(tx, identity, keepSession);
      tx.afterCommit(() => this.events.emit('identity.unlinked', { userId, provider: identity.provider }));
      return identity;
    });
  }
}

/** Can they be stored, and be whose somebody is? */
export function isIdentity(issuer: unknown, subject: unknown): boolean {
  return isText(issuer, MAX_ISSUER_LENGTH) && isText(subject, MAX_SUBJECT_LENGTH);
}

function isText(value: unknown, longest: number): boolean {
  return typeof value === 'string' && value !== '' && value.length <= longest && isStorableText(value);
}
