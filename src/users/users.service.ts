// Accounts: found from the cache, created, changed, disabled and deleted, and their passwords checked. With a @UserStore
// of the host they are found and checked there, and managed by the host.
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AccessDeniedError } from '../common/oauth-error.js';
import { isStorableText } from '../common/parameters.js';
import { ServerOptions } from '../config/options.js';
import { Cached } from '../database/cached.js';
import { ChangeListener } from '../database/change-listener.js';
import { Database, type Transaction } from '../database/database.js';
import { sqlState } from '../database/sql-state.js';
import { EventBus } from '../events/event-bus.js';
import { displayedUsername } from './canonical.js';
import { HostUsers } from './host-users.js';
import { PasswordHasher } from './password-hasher.js';
import { ADMINISTRATOR, type User } from './user.js';
import { mergeUserClaims } from './user-claims.js';
import {
  checkNewUser,
  checkPassword,
  checkUserChanges,
  type NewUser,
  type UserChanges,
  type UserRights,
} from './user-input.js';
import { UserInputError } from './user-input-error.js';
import { type AccessEndReason, type KeptAccess, UserLifecycle } from './user-lifecycle.js';
import { type StoredUser, type UserPage, UsersRepository } from './users.repository.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Longer than any user name or e-mail address that can be given. */
const MAX_LOGIN_LENGTH = 512;
/** Of a password that the host's store is asked about. */
const MAX_PASSWORD_TEXT = 1024;

/** Whether a password was right, and whose account was named: what is said outside depends on `verified` alone. */
export interface PasswordCheck {
  verified: boolean;
  /** The named account, if there is one. */
  user?: User;
}

/** Why the access of a user of the host's ends. */
export type HostAccessEndReason = AccessEndReason | 'user_deleted';

/** Accounts: found from the cache, created, changed, disabled and deleted, and their passwords checked. */
@Injectable()
export class UsersService {
  private readonly byId: Cached<string, User>;

  constructor(
    private readonly repository: UsersRepository,
    private readonly hasher: PasswordHasher,
    private readonly lifecycle: UserLifecycle,
    private readonly database: Database,
    private readonly events: EventBus,
    private readonly host: HostUsers,
    private readonly options: ServerOptions,
    changes: ChangeListener,
  ) {
    this.byId = new Cached(changes, { tables: ['users'], maxEntries: 10_000 });
  }

  /** Are the users the host application's, known by its `@UserStore`? */
  get areHosts(): boolean {
    return this.host.present;
  }

  /** May people create an account here? */
  get allowsSignUp(): boolean {
    return this.options.signUp && !this.areHosts;
  }

  /** Also finds a disabled user: whoever gives something must look. */
  find(id: string): Promise<User | undefined> {
    if (this.areHosts) return this.host.find(id);
    if (!UUID.test(id)) return Promise.resolve(undefined);
    return this.byId.get(id.toLowerCase(), (one) => this.repository.find(one));
  }

  /** Reads through the cache: for whoever has just changed it. */
  async findFresh(id: string): Promise<User | undefined> {
    if (this.areHosts) return this.host.findFresh(id);
    return UUID.test(id) ? this.repository.find(id) : undefined;
  }

  /** @param login a user name, or an e-mail address */
  async findByLogin(login: string): Promise<User | undefined> {
    if (!isPossibleLogin(login)) return undefined;
    return this.areHosts ? this.host.findByLogin(login) : (await this.repository.findCredential(login))?.user;
  }

  /** @throws AccessDeniedError when the account is gone */
  async get(id: string): Promise<User> {
    const user = await this.find(id);
    if (!user) throw new AccessDeniedError('The account no longer exists.');
    return user;
  }

  /** By user name, a page at a time. */
  async list(page: UserPage): Promise<User[]> {
    this.checkOwn();
    return this.repository.list(page);
  }

  /** How many enabled accounts have the role `admin`. */
  async countAdministrators(): Promise<number> {
    this.checkOwn();
    return this.repository.countAdministrators();
  }

  /**
   * Creates an account.
   *
   * With self-service rights the answer never tells whether an e-mail address has an account: an address that is another
   * account's is kept as what this person says, unverified, and is no name to sign in with.
   *
   * @param within what else the transaction does; what it throws leaves no account
   * @throws UserInputError when a member is not acceptable, the user name is taken, or (administrators) the address is
   */
  async create(
    input: NewUser,
    rights: UserRights,
    within?: (tx: Transaction, user: User) => Promise<void>,
  ): Promise<User> {
    this.checkOwn();
    checkNewUser(input, rights);
    const passwordHash = input.password === undefined ? undefined : await this.hasher.hash(input.password);
    const user = changed(NOBODY, input);
    const ownsEmail = await this.mayOwnEmail(user.email, undefined, rights);
    return storing(rights, ownsEmail, (owns) =>
      this.database.transaction(async (tx) => {
        if (user.email !== undefined && user.emailVerified) await this.repository.yieldEmail(tx, user.email, undefined);
        const created = await this.repository.insert(tx, user, passwordHash, owns);
        tx.afterCommit(() => this.events.emit('user.created', { userId: created.id }));
        await within?.(tx, created);
        return created;
      }),
    );
  }

  /**
   * Changes what is named and leaves the rest. A new e-mail address is unverified unless said otherwise. With the role
   * `admin` goes what only administrators may have.
   * @returns undefined when there is no such user
   * @throws UserInputError as {@link create} does
   */
  async update(id: string, changes: UserChanges, rights: UserRights): Promise<User | undefined> {
    this.checkOwn();
    checkUserChanges(changes, rights);
    if (!UUID.test(id)) return undefined;
    const ownsEmail = await this.mayOwnEmail(changes.email, id, rights);
    await storing(rights, ownsEmail, (owns) =>
      this.database.transaction(async (tx) => {
        const present = await this.repository.lock(tx, id);
        const next = present && changed(present, changes);
        if (!next || isDeepStrictEqual(next, present)) return;
        const proven = next.email !== undefined && next.emailVerified;
        if (proven) await this.repository.yieldEmail(tx, next.email as string, id);
        const sameEmail = next.email === present.email;
        await this.repository.update(
          tx,
          id,
          next,
          sameEmail ? proven || (await this.repository.ownsEmail(tx, id)) : owns,
        );
        if (present.roles.includes(ADMINISTRATOR) && !next.roles.includes(ADMINISTRATOR))
          await this.lifecycle.endAccess(tx, id, 'role_lost');
        tx.afterCommit(() => this.byId.delete(id));
      }),
    );
    return this.repository.find(id);
  }

  /**
   * Changes the password of somebody who knows the present one, and ends every session and grant but `keep`.
   * @throws UserInputError naming `current_password` or `new_password`
   */
  async changePassword(id: string, current: string, next: string, keep?: KeptAccess): Promise<void> {
    this.checkOwn();
    checkPassword(next, 'new_password');
    const present = UUID.test(id) ? await this.repository.findPasswordHash(id) : undefined;
    const wrong = new UserInputError([{ member: 'current_password', problem: 'is not your password' }]);
    if (!(await this.hasher.verify(present, current))) throw wrong;
    const passwordHash = await this.hasher.hash(next);
    await this.database.transaction(async (tx) => {
      if (!(await this.repository.replacePassword(tx, id, present as string, passwordHash))) throw wrong;
      await this.end(tx, id, 'password_changed', keep);
    });
  }

  /** Does the user sign in by password? Of the host's users nobody but the store knows: it is taken for granted. */
  async hasPassword(id: string): Promise<boolean> {
    if (this.areHosts) return true;
    return UUID.test(id) && (await this.repository.findPasswordHash(id)) !== undefined;
  }

  /** Locks the account until the end of the transaction. @returns whether it has a password, as {@link hasPassword} */
  async lockPassword(tx: Transaction, id: string): Promise<boolean> {
    if (this.areHosts) return true;
    return UUID.test(id) && (await this.repository.lockPassword(tx, id));
  }

  /**
   * Gives a password to somebody who has none, and ends every session and grant but `keep`.
   * @returns false when they have one
   * @throws UserInputError naming `new_password`
   */
  async setFirstPassword(id: string, next: string, keep?: KeptAccess): Promise<boolean> {
    this.checkOwn();
    checkPassword(next, 'new_password');
    if (!UUID.test(id)) return false;
    const passwordHash = await this.hasher.hash(next);
    return this.database.transaction(async (tx) => {
      const found = await this.repository.setFirstPassword(tx, id, passwordHash);
      if (found) await this.end(tx, id, 'password_changed', keep);
      return found;
    });
  }

  /**
   * Gives the user a new password, and ends every session and grant but `keep`.
   * @returns false when there is no such user
   * @throws UserInputError naming `password`
   */
  async setPassword(id: string, next: string, keep?: KeptAccess): Promise<boolean> {
    this.checkOwn();
    checkPassword(next);
    if (!UUID.test(id)) return false;
    const passwordHash = await this.hasher.hash(next);
    return this.database.transaction(async (tx) => {
      const found = await this.repository.setPassword(tx, id, passwordHash);
      if (found) await this.end(tx, id, 'password_changed', keep);
      return found;
    });
  }

  /** Ends every session and grant, and lets nobody sign in. @returns false when there is no such user */
  async disable(id: string): Promise<boolean> {
    this.checkOwn();
    if (!UUID.test(id)) return false;
    return this.database.transaction(async (tx) => {
      const found = await this.repository.disable(tx, id);
      if (found) await this.end(tx, id, 'user_disabled');
      return found;
    });
  }

  /** @returns false when there is no such user */
  async enable(id: string): Promise<boolean> {
    this.checkOwn();
    const found = UUID.test(id) && (await this.repository.enable(id));
    this.byId.delete(id);
    return found;
  }

  /** Deletes the account with all that hangs on it. @returns false when there is no such user */
  async delete(id: string): Promise<boolean> {
    this.checkOwn();
    if (!UUID.test(id)) return false;
    return this.database.transaction(async (tx) => {
      // First: whoever gives the user something at this moment holds the account, and is waited for.
      if (!(await this.repository.delete(tx, id))) return false;
      await this.lifecycle.endAccess(tx, id, 'user_disabled');
      await this.lifecycle.delete(tx, id);
      tx.afterCommit(() => {
        this.byId.delete(id);
        this.events.emit('user.deleted', { userId: id });
      });
      return true;
    });
  }

  /**
   * The user whose name or e-mail address and password these are. Unknown and disabled users, and those without a
   * password, take the same time as a wrong password. It counts nothing: see SignInService.
   */
  async verifyPassword(login: string, password: string): Promise<User | undefined> {
    const { verified, user } = await this.checkPassword(login, password);
    return verified ? user : undefined;
  }

  /** As {@link verifyPassword}, for whoever must know which account was tried. */
  async checkPassword(login: string, password: string): Promise<PasswordCheck> {
    if (this.areHosts) {
      const possible = isPossibleLogin(login) && password.length <= MAX_PASSWORD_TEXT;
      return possible ? this.host.checkPassword(login, password) : { verified: false };
    }
    const credential = isPossibleLogin(login) ? await this.repository.findCredential(login) : undefined;
    const matches = await this.hasher.verify(credential?.passwordHash, password);
    return { verified: matches && credential?.user.disabled === false, user: credential?.user };
  }

  /**
   * Keeps the account as it is until the end of the transaction, so that what is given to the user now does not slip
   * past a change of password or a disabling at the same moment.
   * @returns false when it has changed since `user` was read, or is disabled
   */
  hold(tx: Transaction, user: User): Promise<boolean> {
    return this.areHosts ? this.host.hold(tx, user) : this.repository.hold(tx, user);
  }

  /**
   * Ends what a user of the host's store has here, in one transaction: call it after the store has disabled or deleted
   * them, or changed their password. Who is signing in at this moment with what was true before is refused.
   *
   * | reason             | ends                                                                                  |
   * | ------------------ | ------------------------------------------------------------------------------------- |
   * | `password_changed` | every session but `keep.sessionId`, every grant                                       |
   * | `user_disabled`    | every session and grant                                                               |
   * | `user_deleted`     | the same, and forgets consents and the clients that the user created                  |
   * | `role_lost`        | grants of administration scopes: the user is no longer `admin`                        |
   *
   * @param id the store's
   * @param keep the session that goes on
   * @throws Error without a `@UserStore`: then `setPassword`, `disable` and `delete` do it
   * @example
   * await this.people.update(id, { banned: true });
   * await this.users.endAccess(String(id), 'user_disabled');
   */
  async endAccess(id: string, reason: HostAccessEndReason, keep?: KeptAccess): Promise<void> {
    if (!this.areHosts) throw new Error('UsersService.endAccess is for the users of a @UserStore.');
    await this.database.transaction(async (tx) => {
      await this.host.end(tx, id);
      if (reason !== 'user_deleted') return this.end(tx, id, reason, keep);
      await this.lifecycle.endAccess(tx, id, 'user_disabled');
      await this.lifecycle.delete(tx, id);
      tx.afterCommit(() => {
        this.forget(id);
        this.events.emit('user.deleted', { userId: id });
      });
    });
  }

  /** Has the next look at a user ask the host's store, at this instance; what is kept is at most `hostCache` old anyway. */
  forget(id: string): void {
    if (this.areHosts) this.host.forget(id);
    else this.byId.delete(id);
  }

  /** @throws Error when accounts are the host's */
  private checkOwn(): void {
    if (this.areHosts) throw new Error('Accounts are managed by the host application: it has a @UserStore.');
  }

  private async end(tx: Transaction, id: string, reason: AccessEndReason, keep?: KeptAccess): Promise<void> {
    await this.lifecycle.endAccess(tx, id, reason, keep);
    tx.afterCommit(() => {
      this.forget(id);
      if (reason === 'user_disabled') this.events.emit('user.disabled', { userId: id });
      if (reason === 'password_changed') this.events.emit('user.password_changed', { userId: id });
    });
  }

  /** May people sign in with the address? An administrator's word is tried; the database refuses what is taken. */
  private async mayOwnEmail(
    email: string | null | undefined,
    id: string | undefined,
    rights: UserRights,
  ): Promise<boolean> {
    if (typeof email !== 'string' || rights === 'administrator') return true;
    return !(await this.repository.isEmailTaken(email, id));
  }
}

const NOBODY: StoredUser = { username: '', email: undefined, emailVerified: false, roles: [], claims: {} };

function changed(present: StoredUser, changes: UserChanges): StoredUser {
  const email = changes.email === undefined ? present.email : (changes.email?.trim() ?? undefined);
  const emailVerified = changes.emailVerified ?? (email === present.email && present.emailVerified);
  return {
    username: changes.username === undefined ? present.username : displayedUsername(changes.username),
    email,
    emailVerified: email !== undefined && emailVerified,
    roles: changes.roles === undefined ? present.roles : [...new Set(changes.roles)],
    claims: mergeUserClaims(present.claims, changes.claims ?? {}),
  };
}

/** Tells a name that is taken from what broke. An address that was taken meanwhile is no news for self-service. */
async function storing<T>(rights: UserRights, owns: boolean, store: (ownsEmail: boolean) => Promise<T>): Promise<T> {
  try {
    return await store(owns);
  } catch (error) {
    if (sqlState(error) !== '23505') throw error;
    const isEmail = constraintOf(error) === 'users_email_key';
    if (isEmail && owns && rights === 'self-service') return storing(rights, false, store);
    throw new UserInputError([{ member: isEmail ? 'email' : 'username', problem: 'is already taken' }], true);
  }
}

function constraintOf(error: unknown): string | undefined {
  const { constraint, driverError } = error as { constraint?: string; driverError?: { constraint?: string } };
  return constraint ?? driverError?.constraint;
}

function isPossibleLogin(login: string): boolean {
  return login.length <= MAX_LOGIN_LENGTH && isStorableText(login);
}
