// The protected resources that tokens can be bound to, for administrators, as JSON.
// @see RFC 8707 §2 https://www.rfc-editor.org/rfc/rfc8707#section-2
import { Body, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiController } from '../api/api-controller.js';
import { NotFoundError } from '../api/api-error.js';
import type { PageQuery } from '../api/page-query.dto.js';
import { type Page, Paging, readPosition } from '../api/paging.js';
import { validated } from '../api/validated.js';
import type { HttpReply, HttpRequest } from '../common/http.js';
import { InputError } from '../common/input-error.js';
import { ServerOptions } from '../config/options.js';
import { ResourceProtector } from '../resource-server/resource-protector.decorator.js';
import { Catalogue, type Resource } from './catalogue.js';
import { changedResource, newResourceFromWire, resourceToWire } from './catalogue-wire.js';
import { TokenFormats } from './token-formats.js';

const READ = 'clients:read';
const WRITE = 'clients:write';

@ApiController('resources', async () => (await import('./resources.docs.js')).RESOURCES_DOCS)
export class ResourcesController {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly formats: TokenFormats,
    private readonly paging: Paging,
    private readonly options: ServerOptions,
  ) {}

  /** By identifier. */
  @Get()
  @ResourceProtector(READ)
  list(
    @Query(validated(async () => (await import('../api/page-query.dto.js')).PageQuery)) query: PageQuery,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<Page> {
    const [after] = readPosition(query.after, 'string') ?? [];
    return this.paging.page<Resource>(request, reply, {
      limit: query.limit,
      find: (limit) => this.catalogue.listResources({ after, limit }),
      positionOf: (resource) => [resource.identifier],
      toWire: resourceToWire,
    });
  }

  @Post()
  @ResourceProtector(WRITE)
  async create(@Body() body: object, @Res({ passthrough: true }) reply: HttpReply): Promise<object> {
    const resource = this.usable(newResourceFromWire(body));
    if (!(await this.catalogue.createResource(resource)))
      throw new InputError([{ member: 'identifier', problem: 'is already taken' }], true);
    reply.header('location', this.options.url(`/api/resources/${encodeURIComponent(resource.identifier)}`));
    return resourceToWire(resource);
  }

  @Get(':identifier')
  @ResourceProtector(READ)
  async read(@Param('identifier') identifier: string): Promise<object> {
    return found(await this.catalogue.findFreshResource(identifier));
  }

  @Patch(':identifier')
  @ResourceProtector(WRITE)
  async update(@Param('identifier') identifier: string, @Body() body: object): Promise<object> {
    return found(
      await this.catalogue.changeResource(identifier, (present) => this.usable(changedResource(present, body))),
    );
  }

  /** Ends the grants that are bound to it as well. */
  @Delete(':identifier')
  @HttpCode(204)
  @ResourceProtector(WRITE)
  async delete(@Param('identifier') identifier: string): Promise<void> {
    if (!(await this.catalogue.deleteResource(identifier))) throw notFound();
  }

  /** @throws InputError when no token could be issued for it */
  private usable(resource: Resource): Resource {
    const { accessTokenFormat } = resource;
    const formats = this.formats.names();
    if (accessTokenFormat === undefined || formats.includes(accessTokenFormat)) return resource;
    const problem = `must be one of: ${formats.join(', ')}`;
    throw new InputError([{ member: 'access_token_format', problem }]);
  }
}

function found(resource: Resource | undefined): object {
  if (!resource) throw notFound();
  return resourceToWire(resource);
}

function notFound(): NotFoundError {
  return new NotFoundError('There is no such resource.');
}
