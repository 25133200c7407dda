// Grants of a user or a client, for administrators, as JSON: what was allowed, with all the tokens that came of it.
import { Delete, Get, HttpCode, Param, Query, Req, Res } from '@nestjs/common';
import { ApiController } from '../api/api-controller.js';
import { NotFoundError } from '../api/api-error.js';
import { type Page, Paging, readPosition } from '../api/paging.js';
import { validated } from '../api/validated.js';
import type { HttpReply, HttpRequest } from '../common/http.js';
import { ResourceProtector } from '../resource-server/resource-protector.decorator.js';
import { GrantsService } from './grants.service.js';
import { grantToWire, readOwner } from './token-wire.js';
import type { TokenListQuery } from './tokens.dto.js';
import type { GrantSummary } from './tokens.repository.js';

/** Fits into a bigint. */
const GRANT_ID = /^\d{1,18}$/;

@ApiController('grants', async () => (await import('./grants.docs.js')).GRANTS_DOCS)
export class GrantsController {
  constructor(
    private readonly grants: GrantsService,
    private readonly paging: Paging,
  ) {}

  /** Those with live tokens, newest first. */
  @Get()
  @ResourceProtector('tokens:read')
  async list(
    @Query(validated(async () => (await import('./tokens.dto.js')).TokenListQuery)) query: TokenListQuery,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<Page> {
    const owner = readOwner(query);
    const [position] = readPosition(query.after, 'number') ?? [];
    const after = position === undefined ? undefined : String(position);
    return this.paging.page<GrantSummary>(request, reply, {
      limit: query.limit,
      find: (limit) => this.grants.listGrants({ ...owner, after, limit }),
      positionOf: (grant) => [Number(grant.grantId)],
      toWire: grantToWire,
    });
  }

  /** Ends the grant with all its tokens. */
  @Delete(':grant_id')
  @HttpCode(204)
  @ResourceProtector('tokens:write')
  async revoke(@Param('grant_id') id: string): Promise<void> {
    const revoked = GRANT_ID.test(id) && (await this.grants.revoke(id, 'administrator'));
    if (!revoked) throw new NotFoundError('There is no such live grant.');
  }
}
