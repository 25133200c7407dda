// Who administers a server that is started for the first time: the user `admin` with a random password.
import { Injectable, Logger } from '@nestjs/common';
import { canonicalUsername } from '../users/canonical.js';
import { generatePassword } from '../users/generated-password.js';
import { ADMINISTRATOR } from '../users/user.js';
import type { NewUser } from '../users/user-input.js';
import { UsersService } from '../users/users.service.js';

const USERNAME = 'admin';

/** How somebody signs in, shown this one time. */
export interface Administrator {
  username: string;
  password: string;
}

@Injectable()
export class FirstAdministrator {
  private readonly logger = new Logger('Bootstrap');

  constructor(private readonly users: UsersService) {}

  /**
   * Creates the user `admin`, unless one of those who come from the bootstrap file is an administrator.
   * @param others the users of the bootstrap file, none of which exists yet
   */
  async create(others: readonly NewUser[]): Promise<Administrator | undefined> {
    if (others.some(({ roles }) => roles?.includes(ADMINISTRATOR))) return undefined;
    if (others.some(({ username }) => canonicalUsername(username) === USERNAME)) {
      this.logger.warn(`Nobody has the role ${ADMINISTRATOR}: give it to a user of the bootstrap file.`);
      return undefined;
    }
    const password = generatePassword();
    await this.users.create({ username: USERNAME, password, roles: [ADMINISTRATOR] }, 'administrator');
    return { username: USERNAME, password };
  }
}
