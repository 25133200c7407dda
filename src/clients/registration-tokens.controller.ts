// Initial access tokens for administrators, as JSON: with one of them a client registers.
// @see RFC 7591 §3 https://www.rfc-editor.org/rfc/rfc7591#section-3
import { Body, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiController } from '../api/api-controller.js';
import { NotFoundError } from '../api/api-error.js';
import type { PageQuery } from '../api/page-query.dto.js';
import { type Page, Paging, readPosition } from '../api/paging.js';
import { validated } from '../api/validated.js';
import type { HttpReply, HttpRequest } from '../common/http.js';
import { ServerOptions } from '../config/options.js';
import { ResourceProtector } from '../resource-server/resource-protector.decorator.js';
import { type InitialAccessToken, InitialAccessTokens } from './initial-access-tokens.js';
import { initialTokenToWire } from './initial-token-wire.js';
import type { NewRegistrationTokenDto } from './registration-tokens.dto.js';

const READ = 'clients:read';
const WRITE = 'clients:write';

@ApiController(
  'registration-tokens',
  async () => (await import('./registration-tokens.docs.js')).REGISTRATION_TOKENS_DOCS,
)
export class RegistrationTokensController {
  constructor(
    private readonly tokens: InitialAccessTokens,
    private readonly paging: Paging,
    private readonly options: ServerOptions,
  ) {}

  /** Oldest first. */
  @Get()
  @ResourceProtector(READ)
  list(
    @Query(validated(async () => (await import('../api/page-query.dto.js')).PageQuery)) query: PageQuery,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<Page> {
    const [time, id] = readPosition(query.after, 'number', 'string') ?? [];
    const after = time === undefined || id === undefined ? undefined : { createdAt: new Date(time), id };
    return this.paging.page<InitialAccessToken>(request, reply, {
      limit: query.limit,
      find: (limit) => this.tokens.list({ after, limit }),
      positionOf: (token) => [token.createdAt.getTime(), token.id],
      toWire: initialTokenToWire,
    });
  }

  @Post()
  @ResourceProtector(WRITE)
  async create(
    @Body(validated(async () => (await import('./registration-tokens.dto.js')).NewRegistrationTokenDto))
    body: NewRegistrationTokenDto,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<object> {
    const { token, ...created } = await this.tokens.create({
      expiresIn: body.expires_in ?? undefined,
      maxUses: body.max_uses ?? undefined,
    });
    reply.header('location', this.options.url(`/api/registration-tokens/${created.id}`));
    return { ...initialTokenToWire(created), token };
  }

  @Get(':token_id')
  @ResourceProtector(READ)
  async read(@Param('token_id') id: string): Promise<object> {
    const token = await this.tokens.find(id);
    if (!token) throw notFound();
    return initialTokenToWire(token);
  }

  /** Clients that registered with it stay. */
  @Delete(':token_id')
  @HttpCode(204)
  @ResourceProtector(WRITE)
  async revoke(@Param('token_id') id: string): Promise<void> {
    if (!(await this.tokens.revoke(id))) throw notFound();
  }
}

function notFound(): NotFoundError {
  return new NotFoundError('There is no such token.');
}
