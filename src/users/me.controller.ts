// The sample protected resource: who is the user of the access token?
import { Get } from '@nestjs/common';
import { ApiController } from '../api/api-controller.js';
import { NotFoundError } from '../api/api-error.js';
import { CurrentToken } from '../resource-server/current-token.js';
import { ResourceProtector } from '../resource-server/resource-protector.decorator.js';
import { ResourceServer } from '../resource-server/resource-server.js';
import type { AccessToken } from '../resource-server/token-verifier.js';
import { UsersService } from './users.service.js';

@ApiController('me', async () => (await import('./me.docs.js')).ME_DOCS)
export class MeController {
  constructor(
    private readonly users: UsersService,
    private readonly resourceServer: ResourceServer,
  ) {}

  @Get()
  @ResourceProtector('profile')
  async me(@CurrentToken() token: AccessToken): Promise<{ id: string; username: string }> {
    const { userId } = this.resourceServer.acquireUser(token);
    const user = await this.users.find(userId);
    // The account was deleted while the token was being verified.
    if (!user) throw new NotFoundError('The account no longer exists.');
    return { id: user.id, username: user.username };
  }
}
