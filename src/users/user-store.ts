// The host application's own users in place of ours, as a plug-in: @UserStore().
import { type PluginOptions, pluginKind } from '../common/plugin.js';
import type { UserClaims } from './user-claims.js';

/**
 * A user as the host's store tells it. Members that are not named here are not looked at; `null` is as good as absent.
 * Standard claims (OIDC Core §5.1) stand side by side: `name`, `given_name`, `picture`, `phone_number`, …; others are told
 * by `@Claims` plug-ins.
 */
export interface StoreUser extends UserClaims {
  /** Any text of 1 to 255 characters that never becomes another user's: it is `sub`, and `AccessToken.userId`. */
  id: string;
  /** What the user is called: on pages, and as `preferred_username`. At most 255 characters. */
  username: string;
  email?: string | null;
  /** Was it proven that the address is the user's? @default false */
  emailVerified?: boolean | null;
  /** `admin` administers this server. @default [] */
  roles?: readonly string[] | null;
  /** Gets nothing any more. @default false */
  disabled?: boolean | null;
  /** When the user was last changed: the claim `updated_at`. @default unknown, the claim is not told */
  updatedAt?: Date | null;
}

/**
 * Users of the host application. There is no account of ours then: ids, sessions, consents and tokens are of the store's
 * users, and what only our own store can do (sign-up, password form, administration of users, users of the bootstrap
 * file) is off. Whoever disables or deletes a user, or changes a password, calls `UsersService.endAccess`.
 *
 * What the store answers is checked; what it throws is logged and becomes a `server_error`.
 */
export interface UserStore {
  /** The user with the id, also a disabled one; `undefined`: there is none, or not any more. Asked often, kept for `hostCache`. */
  find(id: string): StoreUser | null | undefined | Promise<StoreUser | null | undefined>;

  /**
   * The user whom somebody names at sign-in. Absent: a browser that signed in before can be slowed down by others who
   * guess the password.
   */
  findByLogin?(login: string): StoreUser | null | undefined | Promise<StoreUser | null | undefined>;

  /**
   * The user, if the password is right. An unknown login has to take the time of a wrong password: compare with the hash
   * of nobody. (Refusals are delayed to the longest answers of late, which hides small differences only.) How often one
   * may guess is counted by the server.
   */
  verifyPassword(login: string, password: string): StoreUser | null | undefined | Promise<StoreUser | null | undefined>;
}

/** The kind of plug-in, of which there is one. */
export const USER_STORE = pluginKind('UserStore');

/**
 * Decorates the class that knows the host's users; provided once, in any module of the host.
 *
 * @param options `replaces` when the host has another one, e.g. in its tests
 * @example
 * \@UserStore()
 * export class People implements UserStore {
 *   constructor(private readonly people: PeopleRepository) {}
 *
 *   async find(id: string): Promise<StoreUser | undefined> {
 *     const person = await this.people.findById(Number(id));
 *     return person && { id: String(person.id), username: person.nick, email: person.mail, name: person.fullName };
 *   }
 *
 *   async verifyPassword(login: string, password: string): Promise<StoreUser | undefined> {
 *     const person = await this.people.findByNick(login);
 *     const right = await verify(person?.hash ?? HASH_OF_NOBODY, password);
 *     return person && right ? this.find(String(person.id)) : undefined;
 *   }
 * }
 */
export const UserStore = (options?: PluginOptions): ClassDecorator => USER_STORE('users', options);
