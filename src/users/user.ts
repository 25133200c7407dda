// A person's account as the protocol reads it: immutable, cached in the process.
import type { UserClaims } from './user-claims.js';

/** The role of those who administer this server. */
export const ADMINISTRATOR = 'admin';

/** The account of a person as the protocol reads it: immutable, cached in the process. */
export class User {
  constructor(
    readonly id: string,
    readonly username: string,
    readonly email: string | undefined,
    readonly emailVerified: boolean,
    readonly roles: readonly string[],
    /** Standard claims beside those above. */
    readonly claims: Readonly<UserClaims>,
    readonly disabled: boolean,
    /** Absent: the host's store does not say. */
    readonly createdAt: Date | undefined,
    /** Absent: the host's store does not say. */
    readonly updatedAt: Date | undefined,
  ) {}

  hasRole(role: string): boolean {
    return this.roles.includes(role);
  }

  get isAdministrator(): boolean {
    return this.hasRole(ADMINISTRATOR);
  }
}
