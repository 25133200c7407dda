// Users of tests: a name of its own, a password, and whatever a test is about.
import { randomBytes } from 'node:crypto';
import type { UserChanges } from '../users/user-input.js';
import type { UsersService } from '../users/users.service.js';

/** What a test says of a user; what it does not say is made up. */
export interface TestUserOptions extends UserChanges {
  /** @default `user-` and a random word */
  username?: string;
  /** @default random */
  password?: string;
}

/** A user that was created. */
export interface TestUser {
  /** `sub` of its tokens. */
  id: string;
  username: string;
  password: string;
}

/**
 * A user to be created. Each step answers another builder, so that one can be kept and used again.
 *
 * @example const admin = await server.aUser().roles('admin').create();
 */
export class TestUserBuilder {
  constructor(
    private readonly users: () => UsersService,
    private readonly options: TestUserOptions = {},
  ) {}

  /** @returns a builder that also has these */
  with(options: TestUserOptions): TestUserBuilder {
    return new TestUserBuilder(this.users, { ...this.options, ...options });
  }

  username(username: string): TestUserBuilder {
    return this.with({ username });
  }

  password(password: string): TestUserBuilder {
    return this.with({ password });
  }

  roles(...roles: string[]): TestUserBuilder {
    return this.with({ roles });
  }

  /** @param verified did somebody prove it? */
  email(email: string, verified = true): TestUserBuilder {
    return this.with({ email, emailVerified: verified });
  }

  /** Standard claims of OIDC Core §5.1: `{ given_name: 'Alice' }`. */
  claims(claims: Readonly<Record<string, unknown>>): TestUserBuilder {
    return this.with({ claims: { ...this.options.claims, ...claims } });
  }

  /** @throws UserInputError naming what is not acceptable */
  async create(): Promise<TestUser> {
    const username = this.options.username ?? `user-${randomBytes(6).toString('hex')}`;
    const password = this.options.password ?? `password-${randomBytes(9).toString('hex')}`;
    const { id } = await this.users().create({ ...this.options, username, password }, 'administrator');
    return { id, username, password };
  }
}
