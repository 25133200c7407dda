// Accounts for administrators, as JSON. PATCH changes the members that it names; `null` removes one. There is nothing of it
// where the users are the host application's.
// @see RFC 7396 https://www.rfc-editor.org/rfc/rfc7396
import { Body, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiController } from '../api/api-controller.js';
import { NotFoundError } from '../api/api-error.js';
import { type Page, Paging, readPosition } from '../api/paging.js';
import { validated } from '../api/validated.js';
import type { HttpReply, HttpRequest } from '../common/http.js';
import { ServerOptions } from '../config/options.js';
import { ResourceProtector } from '../resource-server/resource-protector.decorator.js';
import type { User } from './user.js';
import { UserIdentities } from './user-identities.js';
import { identityToWire, newUserFromWire, userChangesFromWire, userToWire } from './user-wire.js';
import type { PasswordDto, UserListQuery } from './users.dto.js';
import { UsersService } from './users.service.js';

const READ = 'users:read';
const WRITE = 'users:write';

@ApiController('users', async () => (await import('./users.docs.js')).USERS_DOCS)
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly identities: UserIdentities,
    private readonly paging: Paging,
    private readonly options: ServerOptions,
  ) {}

  @Get()
  @ResourceProtector(READ)
  list(
    @Query(validated(async () => (await import('./users.dto.js')).UserListQuery)) query: UserListQuery,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<Page> {
    const [username] = readPosition(query.after, 'string') ?? [];
    const after = username === undefined ? undefined : { username };
    return this.paging.page<User>(request, reply, {
      limit: query.limit,
      find: (limit) => this.own.list({ after, limit, search: query.search || undefined }),
      positionOf: (user) => [user.username],
      toWire: userToWire,
    });
  }

  @Post()
  @ResourceProtector(WRITE)
  async create(@Body() body: object, @Res({ passthrough: true }) reply: HttpReply): Promise<object> {
    const user = await this.own.create(newUserFromWire(body), 'administrator');
    reply.header('location', this.options.url(`/api/users/${user.id}`));
    return userToWire(user);
  }

  @Get(':user_id')
  @ResourceProtector(READ)
  async read(@Param('user_id') id: string): Promise<object> {
    return found(await this.own.findFresh(id));
  }

  @Patch(':user_id')
  @ResourceProtector(WRITE)
  async update(@Param('user_id') id: string, @Body() body: object): Promise<object> {
    return found(await this.own.update(id, userChangesFromWire(body), 'administrator'));
  }

  /** Ends every session and grant of the user as well. */
  @Post(':user_id/disable')
  @HttpCode(200)
  @ResourceProtector(WRITE)
  async disable(@Param('user_id') id: string): Promise<object> {
    await this.own.disable(id);
    return found(await this.own.findFresh(id));
  }

  @Post(':user_id/enable')
  @HttpCode(200)
  @ResourceProtector(WRITE)
  async enable(@Param('user_id') id: string): Promise<object> {
    await this.own.enable(id);
    return found(await this.own.findFresh(id));
  }

  /** Ends every session and grant of the user as well. */
  @Put(':user_id/password')
  @HttpCode(204)
  @ResourceProtector(WRITE)
  async setPassword(
    @Param('user_id') id: string,
    @Body(validated(async () => (await import('./users.dto.js')).PasswordDto)) { password }: PasswordDto,
  ): Promise<void> {
    if (!(await this.own.setPassword(id, password))) throw new NotFoundError('There is no such user.');
  }

  @Delete(':user_id')
  @HttpCode(204)
  @ResourceProtector(WRITE)
  async delete(@Param('user_id') id: string): Promise<void> {
    if (!(await this.own.delete(id))) throw new NotFoundError('There is no such user.');
  }

  @Get(':user_id/identities')
  @ResourceProtector(READ)
  async listIdentities(@Param('user_id') id: string): Promise<{ items: object[] }> {
    const user = await this.own.findFresh(id);
    if (!user) throw new NotFoundError('There is no such user.');
    return { items: (await this.identities.listOf(user.id)).map(identityToWire) };
  }

  @Delete(':user_id/identities/:identity_id')
  @HttpCode(204)
  @ResourceProtector(WRITE)
  async unlinkIdentity(@Param('user_id') id: string, @Param('identity_id') identityId: string): Promise<void> {
    const user = await this.own.findFresh(id);
    if (!user || !(await this.identities.unlink(user.id, identityId, { keepLastWay: false })))
      throw new NotFoundError('There is no such identity.');
  }

  /** @throws NotFoundError when the users are the host application's */
  private get own(): UsersService {
    if (this.users.areHosts) throw new NotFoundError('Users are managed by the application.');
    return this.users;
  }
}

function found(user: User | undefined): object {
  if (!user) throw new NotFoundError('There is no such user.');
  return userToWire(user);
}
