// Clients for administrators, as JSON in the vocabulary of registration. PATCH changes the members that it names; `null`
// brings the default back.
// @see RFC 7591 §2, RFC 7396 https://www.rfc-editor.org/rfc/rfc7591#section-2
import { Body, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiController } from '../api/api-controller.js';
import { ConflictError, NotFoundError } from '../api/api-error.js';
import type { PageQuery } from '../api/page-query.dto.js';
import { type Page, Paging, readPosition } from '../api/paging.js';
import { toSeconds } from '../api/seconds.js';
import { validated } from '../api/validated.js';
import type { HttpReply, HttpRequest } from '../common/http.js';
import { ServerOptions } from '../config/options.js';
import { ResourceProtector } from '../resource-server/resource-protector.decorator.js';
import type { Client } from './client.js';
import { needsSecret } from './client-secret.js';
import { changedMetadata, clientToWire, createdClientToWire, newClientFromWire } from './client-wire.js';
import type { RotateSecretDto } from './clients.dto.js';
import { ClientsService, DEFAULT_SECRET_OVERLAP } from './clients.service.js';

const READ = 'clients:read';
const WRITE = 'clients:write';

@ApiController('clients', async () => (await import('./clients.docs.js')).CLIENTS_DOCS)
export class ClientsController {
  constructor(
    private readonly clients: ClientsService,
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
    return this.paging.page<Client>(request, reply, {
      limit: query.limit,
      find: (limit) => this.clients.list({ after, limit }),
      positionOf: (client) => [client.createdAt.getTime(), client.id],
      toWire: clientToWire,
    });
  }

  @Post()
  @ResourceProtector(WRITE)
  async create(@Body() body: object, @Res({ passthrough: true }) reply: HttpReply): Promise<object> {
    const created = await this.clients.create(newClientFromWire(body));
    reply.header('location', this.options.url(`/api/clients/${encodeURIComponent(created.client.id)}`));
    return createdClientToWire(created);
  }

  @Get(':client_id')
  @ResourceProtector(READ)
  async read(@Param('client_id') id: string): Promise<object> {
    return found(await this.clients.findFresh(id));
  }

  @Patch(':client_id')
  @ResourceProtector(WRITE)
  async update(@Param('client_id') id: string, @Body() body: object): Promise<object> {
    await this.checkOwn(id);
    return found(await this.clients.update(id, (present) => changedMetadata(present, body)));
  }

  /** Gives the client a new secret; those before end after the overlap. */
  @Post(':client_id/secret')
  @HttpCode(200)
  @ResourceProtector(WRITE)
  async rotateSecret(
    @Param('client_id') id: string,
    @Body(validated(async () => (await import('./clients.dto.js')).RotateSecretDto)) body: RotateSecretDto,
  ): Promise<object> {
    await this.checkOwn(id);
    const overlap = body.overlap ?? DEFAULT_SECRET_OVERLAP;
    const client = await this.clients.findFresh(id);
    if (client && !needsSecret(client.metadata))
      throw new ConflictError('The client does not authenticate with a secret.');
    const secret = client && (await this.clients.rotateSecret(id, overlap));
    if (secret === undefined) throw notFound();
    return {
      client_id: id,
      client_secret: secret,
      client_secret_expires_at: 0,
      previous_secrets_expire_at: toSeconds(new Date()) + overlap,
    };
  }

  /** Ends every grant of the client as well. */
  @Post(':client_id/disable')
  @HttpCode(200)
  @ResourceProtector(WRITE)
  async disable(@Param('client_id') id: string): Promise<object> {
    await this.checkOwn(id);
    await this.clients.setDisabled(id, true);
    return found(await this.clients.findFresh(id));
  }

  @Post(':client_id/enable')
  @HttpCode(200)
  @ResourceProtector(WRITE)
  async enable(@Param('client_id') id: string): Promise<object> {
    await this.checkOwn(id);
    await this.clients.setDisabled(id, false);
    return found(await this.clients.findFresh(id));
  }

  @Delete(':client_id')
  @HttpCode(204)
  @ResourceProtector(WRITE)
  async delete(@Param('client_id') id: string): Promise<void> {
    await this.checkOwn(id);
    if (!(await this.clients.delete(id))) throw notFound();
  }

  /** @throws ConflictError when the client is the host application's */
  private async checkOwn(id: string): Promise<void> {
    if (this.clients.hasOtherSource && (await this.clients.findFresh(id))?.isHosts)
      throw new ConflictError('The client is managed by the application.');
  }
}

function found(client: Client | undefined): object {
  if (!client) throw notFound();
  return clientToWire(client);
}

function notFound(): NotFoundError {
  return new NotFoundError('There is no such client.');
}
