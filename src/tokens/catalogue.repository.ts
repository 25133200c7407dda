// The SQL of scopes and resources.
import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { Database, statement, type Transaction } from '../database/database.js';
import { ResourceEntity } from './resource.entity.js';
import type { Resource } from './resource.js';
import { ScopeEntity } from './scope.entity.js';

// What is the same is not written: no instance hears of a change that is none.
const SAVE_SCOPE = statement(
  'scope.save',
  `INSERT INTO scopes (name, description) VALUES ($1, $2)
   ON CONFLICT (name) DO UPDATE SET description = excluded.description
   WHERE scopes.description <> excluded.description`,
);
const CREATE_SCOPE = statement(
  'scope.create',
  'INSERT INTO scopes (name, description) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING name',
);
const DELETE_SCOPE = statement('scope.delete', 'DELETE FROM scopes WHERE name = $1 RETURNING name');
const SAVE_RESOURCE = statement(
  'resource.save',
  `INSERT INTO resources AS present (identifier, name, scopes, access_token_format, introspection_clients)
   VALUES ($1, $2, $3::text[], $4, $5::text[])
   ON CONFLICT (identifier) DO UPDATE SET
     name = excluded.name, scopes = excluded.scopes, access_token_format = excluded.access_token_format,
     introspection_clients = excluded.introspection_clients, updated_at = now()
   WHERE (present.name, present.scopes, present.access_token_format, present.introspection_clients)
     IS DISTINCT FROM (excluded.name, excluded.scopes, excluded.access_token_format, excluded.introspection_clients)`,
);

const CREATE_RESOURCE = statement(
  'resource.create',
  `INSERT INTO resources (identifier, name, scopes, access_token_format, introspection_clients)
   VALUES ($1, $2, $3::text[], $4, $5::text[]) ON CONFLICT (identifier) DO NOTHING RETURNING identifier`,
);
const DELETE_RESOURCE = statement(
  'resource.delete',
  'DELETE FROM resources WHERE identifier = $1 RETURNING identifier',
);

@Injectable()
export class CatalogueRepository {
  constructor(private readonly database: Database) {}

  async listScopes(): Promise<{ name: string; description: string }[]> {
    return this.database.dataSource.manager.find(ScopeEntity, { order: { name: 'ASC' } });
  }

  async saveScope(name: string, description: string): Promise<void> {
    await this.database.query(SAVE_SCOPE, [name, description]);
  }

  /** @returns false when there is one of this name */
  async createScope(name: string, description: string): Promise<boolean> {
    return (await this.database.query(CREATE_SCOPE, [name, description])).length > 0;
  }

  async deleteScope(name: string): Promise<boolean> {
    return (await this.database.query(DELETE_SCOPE, [name])).length > 0;
  }

  async findResource(identifier: string): Promise<Resource | undefined> {
    const entity = await this.database.dataSource.manager.findOneBy(ResourceEntity, { identifier });
    return entity ? toResource(entity) : undefined;
  }

  /** Reads and locks. */
  async lockResource(tx: Transaction, identifier: string): Promise<Resource | undefined> {
    const lock = { mode: 'pessimistic_write' } as const;
    const entity = await tx.manager.findOne(ResourceEntity, { where: { identifier }, lock });
    return entity ? toResource(entity) : undefined;
  }

  /** By identifier. */
  async listResources(page: { after?: string; limit: number }): Promise<Resource[]> {
    const { after, limit: take } = page;
    const where = after === undefined ? {} : { identifier: MoreThan(after) };
    const order = { identifier: 'ASC' } as const;
    return (await this.database.dataSource.manager.find(ResourceEntity, { where, order, take })).map(toResource);
  }

  async saveResource(database: Pick<Database, 'query'>, resource: Resource): Promise<void> {
    await database.query(SAVE_RESOURCE, valuesOf(resource));
  }

  /** @returns false when there is one of this identifier */
  async createResource(resource: Resource): Promise<boolean> {
    return (await this.database.query(CREATE_RESOURCE, valuesOf(resource))).length > 0;
  }

  async deleteResource(tx: Transaction, identifier: string): Promise<boolean> {
    return (await tx.query(DELETE_RESOURCE, [identifier])).length > 0;
  }
}

function valuesOf(resource: Resource): unknown[] {
  const { identifier, name, scopes, accessTokenFormat, introspectionClients } = resource;
  return [identifier, name, [...new Set(scopes)], accessTokenFormat ?? null, [...new Set(introspectionClients)]];
}

function toResource(entity: ResourceEntity): Resource {
  const { identifier, name, scopes, accessTokenFormat, introspectionClients } = entity;
  return { identifier, name, scopes, accessTokenFormat: accessTokenFormat ?? undefined, introspectionClients };
}
