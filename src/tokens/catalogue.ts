// The scopes and resources that this server knows, with the words that people see.
import { Injectable } from '@nestjs/common';
import { Cached } from '../database/cached.js';
import { ChangeListener } from '../database/change-listener.js';
import { Database } from '../database/database.js';
import type { ScopeInput } from './catalogue-input.js';
import { CatalogueRepository } from './catalogue.repository.js';
import { GrantsService } from './grants.service.js';
import type { Resource } from './resource.js';

export type { Resource } from './resource.js';

/** A scope value in words. */
export interface Scope {
  name: string;
  description: string;
  /** Reaches the administration API. */
  administrative: boolean;
  /** Cannot be deleted; its words can be changed. */
  builtIn: boolean;
}

const scope = (name: string, description: string): Scope => ({
  name,
  description,
  administrative: false,
  builtIn: false,
});
const builtIn = (name: string, description: string): Scope => ({ ...scope(name, description), builtIn: true });
const administrative = (name: string, description: string): Scope => ({
  ...builtIn(name, description),
  administrative: true,
});

/** Scopes of OIDC Core §5.4 and §11, which say something about the user and fit every resource. */
const IDENTITY_SCOPES: readonly Scope[] = [
  builtIn('openid', 'Know who you are'),
  builtIn('profile', 'See your name and profile'),
  builtIn('email', 'See your e-mail address'),
  builtIn('address', 'See your postal address'),
  builtIn('phone', 'See your phone number'),
  builtIn('offline_access', 'Keep access while you are away'),
];

const ADMINISTRATIVE: readonly Scope[] = [
  administrative('users:read', 'See all users'),
  administrative('users:write', 'Create, change and disable users'),
  administrative('clients:read', 'See all clients'),
  administrative('clients:write', 'Create, change and delete clients'),
  administrative('tokens:read', 'See which tokens are in use'),
  administrative('tokens:write', 'Revoke tokens'),
];

const BUILT_IN = new Map([...IDENTITY_SCOPES, ...ADMINISTRATIVE].map((one) => [one.name, one]));

@Injectable()
export class Catalogue {
  private readonly scopes: Cached<string, readonly Scope[]>;
  private readonly resources: Cached<string, Resource>;

  constructor(
    private readonly repository: CatalogueRepository,
    private readonly grants: GrantsService,
    private readonly database: Database,
    private readonly changes: ChangeListener,
  ) {
    this.scopes = new Cached(changes, { tables: ['scopes'], invalidate: 'all', maxEntries: 1 });
    this.resources = new Cached(changes, { tables: ['resources'], maxEntries: 1000 });
  }

  /** Every known scope: the built-in ones first. */
  async listScopes(): Promise<readonly Scope[]> {
    return (await this.scopes.get('all', () => this.loadScopes())) ?? [];
  }

  private async loadScopes(): Promise<Scope[]> {
    const scopes = new Map(BUILT_IN);
    for (const { name, description } of await this.repository.listScopes()) {
      scopes.set(name, { ...(scopes.get(name) ?? scope(name, '')), description });
    }
    return [...scopes.values()];
  }

  /** In words; a scope that nobody described is described by its name. */
  async describe(names: readonly string[]): Promise<Scope[]> {
    const known = new Map((await this.listScopes()).map((one) => [one.name, one]));
    return names.map((name) => known.get(name) ?? scope(name, name));
  }

  /** With the words that somebody gave them alone: for our own ones the pages have words in every language. */
  async describeGiven(names: readonly string[]): Promise<{ name: string; description?: string }[]> {
    const words = new Map((await this.listScopes()).map(({ name, description }) => [name, description]));
    return names.map((name) => {
      const description = words.get(name);
      return { name, description: description === BUILT_IN.get(name)?.description ? undefined : description };
    });
  }

  findResource(identifier: string): Promise<Resource | undefined> {
    return this.resources.get(identifier, (one) => this.repository.findResource(one));
  }

  /** Creates the scope or gives it other words; of a built-in one the words alone. */
  async saveScope(name: string, description: string): Promise<void> {
    await this.repository.saveScope(name, description);
    this.changes.changed('scopes');
  }

  /** @returns false when there is one of this name */
  async createScope({ name, description }: ScopeInput): Promise<boolean> {
    if (BUILT_IN.has(name)) return false;
    const created = await this.repository.createScope(name, description);
    if (created) this.changes.changed('scopes');
    return created;
  }

  /** Forgets the words; of a built-in scope those that took the place of ours. @returns false when there are none */
  async deleteScope(name: string): Promise<boolean> {
    const deleted = await this.repository.deleteScope(name);
    if (deleted) this.changes.changed('scopes');
    return deleted;
  }

  /** Reads through the cache, by identifier. */
  listResources(page: { after?: string; limit: number }): Promise<Resource[]> {
    return this.repository.listResources(page);
  }

  /** Reads through the cache: for whoever has just changed it. */
  findFreshResource(identifier: string): Promise<Resource | undefined> {
    return this.repository.findResource(identifier);
  }

  /** Creates the resource, or changes what is different. */
  async saveResource(resource: Resource): Promise<void> {
    await this.repository.saveResource(this.database, resource);
    this.changes.changed('resources', resource.identifier);
  }

  /** @returns false when there is one of this identifier */
  async createResource(resource: Resource): Promise<boolean> {
    const created = await this.repository.createResource(resource);
    if (created) this.changes.changed('resources', resource.identifier);
    return created;
  }

  /** @returns undefined when there is no such resource */
  changeResource(identifier: string, change: (present: Resource) => Resource): Promise<Resource | undefined> {
    return this.database.transaction(async (tx) => {
      const present = await this.repository.lockResource(tx, identifier);
      if (!present) return undefined;
      const next = change(present);
      await this.repository.saveResource(tx, next);
      tx.afterCommit(() => this.changes.changed('resources', identifier));
      return next;
    });
  }

  /** Deletes the resource, and ends the grants that are bound to it. @returns false when there is no such resource */
  deleteResource(identifier: string): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      if (!(await this.repository.deleteResource(tx, identifier))) return false;
      await this.grants.revokeByResource(tx, identifier, 'resource_deleted');
      tx.afterCommit(() => this.changes.changed('resources', identifier));
      return true;
    });
  }
}

export function isIdentityScope(name: string): boolean {
  return IDENTITY_SCOPES.some((one) => one.name === name);
}
