// Whose users the tokens of an issuer belong to, as a plug-in: @UserSource('https://issuer.example').
import { pluginKind } from '../common/plugin.js';
import type { AccessToken } from './token-verifier.js';

/**
 * Finds the user of an access token for `@CurrentUser()` and for guards that ask for roles: members `roles`, `groups` and
 * `entitlements` of what it finds go before those in the token. It is asked once a request, and only if somebody wants
 * to know.
 *
 * @example
 * \@UserSource('https://issuer.example')
 * export class People implements UserSource {
 *   find({ userId }: AccessToken) {
 *     return this.repository.findOneBy({ subject: userId });
 *   }
 * }
 */
export interface UserSource {
  /** Whose tokens it knows the users of: their `iss`, exactly. @default the name in the decorator */
  readonly issuer?: string;
  /**
   * @param token of a user, and not of a client that acts for itself
   * @returns undefined when there is no such user
   */
  find(token: AccessToken): Promise<object | undefined>;
}

/** @example \@UserSource('https://issuer.example') class People implements UserSource {} */
export const UserSource = pluginKind('UserSource');
