// Live tokens of a user or a client, for administrators, as JSON.
import { Delete, Get, HttpCode, Param, Query, Req, Res } from '@nestjs/common';
import { ApiController } from '../api/api-controller.js';
import { NotFoundError } from '../api/api-error.js';
import { type Page, Paging, readPosition } from '../api/paging.js';
import { validated } from '../api/validated.js';
import type { HttpReply, HttpRequest } from '../common/http.js';
import { ResourceProtector } from '../resource-server/resource-protector.decorator.js';
import { GrantsService } from './grants.service.js';
import { readOwner, tokenToWire } from './token-wire.js';
import type { TokenListQuery } from './tokens.dto.js';
import type { TokenSummary } from './tokens.repository.js';

const TOKEN_ID = /^[A-Za-z0-9_-]{48}$/;

@ApiController('tokens', async () => (await import('./tokens.docs.js')).TOKENS_DOCS)
export class TokensController {
  constructor(
    private readonly grants: GrantsService,
    private readonly paging: Paging,
  ) {}

  /** Access and refresh tokens that are neither expired, revoked nor replaced, newest first. */
  @Get()
  @ResourceProtector('tokens:read')
  async list(
    @Query(validated(async () => (await import('./tokens.dto.js')).TokenListQuery)) query: TokenListQuery,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<Page> {
    const owner = readOwner(query);
    const [after] = readPosition(query.after, 'string') ?? [];
    return this.paging.page<TokenSummary>(request, reply, {
      limit: query.limit,
      find: (limit) => this.grants.listTokens({ ...owner, after, limit }),
      positionOf: (token) => [token.id],
      toWire: tokenToWire,
    });
  }

  /** Ends an access token alone, a refresh token with its grant. */
  @Delete(':token_id')
  @HttpCode(204)
  @ResourceProtector('tokens:write')
  async revoke(@Param('token_id') id: string): Promise<void> {
    const revoked = TOKEN_ID.test(id) && (await this.grants.revokeToken(id, 'administrator'));
    if (!revoked) throw new NotFoundError('There is no such live token.');
  }
}
