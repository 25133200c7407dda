// The scopes that people and clients are told of, for administrators, as JSON.
// @see RFC 6749 §3.3 https://www.rfc-editor.org/rfc/rfc6749#section-3.3
import { Body, Delete, Get, HttpCode, Param, Patch, Post, Res } from '@nestjs/common';
import { ApiController } from '../api/api-controller.js';
import { ConflictError, NotFoundError } from '../api/api-error.js';
import type { Page } from '../api/paging.js';
import type { HttpReply } from '../common/http.js';
import { InputError } from '../common/input-error.js';
import { ServerOptions } from '../config/options.js';
import { ResourceProtector } from '../resource-server/resource-protector.decorator.js';
import { Catalogue, type Scope } from './catalogue.js';
import { changedDescription, newScopeFromWire, scopeToWire } from './catalogue-wire.js';

const READ = 'clients:read';
const WRITE = 'clients:write';

@ApiController('scopes', async () => (await import('./scopes.docs.js')).SCOPES_DOCS)
export class ScopesController {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly options: ServerOptions,
  ) {}

  /** All of them: the built-in ones first. */
  @Get()
  @ResourceProtector(READ)
  async list(): Promise<Page> {
    return { items: (await this.catalogue.listScopes()).map(scopeToWire) };
  }

  @Post()
  @ResourceProtector(WRITE)
  async create(@Body() body: object, @Res({ passthrough: true }) reply: HttpReply): Promise<object> {
    const scope = newScopeFromWire(body);
    if (!(await this.catalogue.createScope(scope)))
      throw new InputError([{ member: 'name', problem: 'is already taken' }], true);
    reply.header('location', this.options.url(`/api/scopes/${encodeURIComponent(scope.name)}`));
    return scopeToWire(await this.get(scope.name));
  }

  @Get(':name')
  @ResourceProtector(READ)
  async read(@Param('name') name: string): Promise<object> {
    return scopeToWire(await this.get(name));
  }

  @Patch(':name')
  @ResourceProtector(WRITE)
  async update(@Param('name') name: string, @Body() body: object): Promise<object> {
    const present = await this.get(name);
    const description = changedDescription(present, body);
    if (description === undefined && present.builtIn) await this.catalogue.deleteScope(name);
    else await this.catalogue.saveScope(name, description ?? name);
    return scopeToWire(await this.get(name));
  }

  /** Forgets its words; clients and resources that are registered for it stay so. */
  @Delete(':name')
  @HttpCode(204)
  @ResourceProtector(WRITE)
  async delete(@Param('name') name: string): Promise<void> {
    if ((await this.get(name)).builtIn) throw new ConflictError('A built-in scope cannot be deleted.');
    await this.catalogue.deleteScope(name);
  }

  private async get(name: string): Promise<Scope> {
    const scope = (await this.catalogue.listScopes()).find((one) => one.name === name);
    if (!scope) throw new NotFoundError('There is no such scope.');
    return scope;
  }
}
