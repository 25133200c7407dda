// The users behind this server's own access tokens, for `@CurrentUser()` and guards that ask for roles.
import { ServerOptions } from '../config/options.js';
import type { AccessToken } from '../resource-server/token-verifier.js';
import { UserSource } from '../resource-server/user-source.js';
import type { User } from './user.js';
import { UsersService } from './users.service.js';

@UserSource('in process')
export class LocalUserSource implements UserSource {
  constructor(
    private readonly users: UsersService,
    private readonly options: ServerOptions,
  ) {}

  get issuer(): string {
    return this.options.issuer;
  }

  /** Who was disabled is nobody here, whatever token is still on its way. */
  async find({ userId = '' }: AccessToken): Promise<User | undefined> {
    const user = await this.users.find(userId);
    return user?.disabled ? undefined : user;
  }
}
