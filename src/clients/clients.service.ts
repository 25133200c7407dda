// Clients: found from the cache, created, changed, deleted, and their secrets rotated. Those that are not registered here
// may be the host application's, which are only found.
import { Injectable } from '@nestjs/common';
import { hashSecret } from '../common/credential.js';
import { ServerOptions } from '../config/options.js';
import { Cached } from '../database/cached.js';
import { ChangeListener } from '../database/change-listener.js';
import { Database, type Transaction } from '../database/database.js';
import { EventBus } from '../events/event-bus.js';
import type { Client } from './client.js';
import { ClientLifecycle } from './client-lifecycle.js';
import { ClientMetadataError, type ClientMetadata, isAdministrationScope, signsWithSecret } from './client-metadata.js';
import { ClientRules } from './client-rules.js';
import {
  clientIdFault,
  clientSecretFault,
  generateClientId,
  generateClientSecret,
  needsSecret,
} from './client-secret.js';
import { HostClients } from './host-clients.js';
import { type ClientPage, ClientsRepository } from './clients.repository.js';
import { SealedSecrets } from './sealed-secrets.js';

/** How long a rotated secret still works, in seconds, when nothing else is said. */
export const DEFAULT_SECRET_OVERLAP = 24 * 3600;

export interface NewClient {
  metadata: ClientMetadata;
  /** Absent: generated. */
  clientId?: string;
  /** Absent: generated, where the client authenticates with one. */
  clientSecret?: string;
  /** The user who creates it on the pages. */
  ownerId?: string;
  /** Does it come by dynamic registration? */
  selfRegistered?: boolean;
}

/** A client with the secret that is shown this one time. */
export interface CreatedClient {
  client: Client;
  clientSecret?: string;
}

/** Clients: found from the cache, created, changed, deleted, and their secrets rotated. */
@Injectable()
export class ClientsService {
  private readonly byId: Cached<string, Client>;
  /** Ours and those of the host, for as long as the host's may be kept. */
  private readonly anywhere: Cached<string, Client>;
  private readonly origins: Cached<string, boolean>;

  constructor(
    private readonly repository: ClientsRepository,
    private readonly lifecycle: ClientLifecycle,
    private readonly rules: ClientRules,
    private readonly sealedSecrets: SealedSecrets,
    private readonly database: Database,
    private readonly events: EventBus,
    private readonly host: HostClients,
    changes: ChangeListener,
    { hostCache }: ServerOptions,
  ) {
    const cached = { tables: ['clients', 'client_secrets'], maxEntries: 10_000 };
    this.byId = new Cached(changes, cached);
    this.anywhere = new Cached(changes, { ...cached, maxAge: hostCache * 1000 });
    this.origins = new Cached(changes, {
      tables: ['clients'],
      invalidate: 'all',
      maxEntries: 1_000,
      cacheMissing: true,
    });
  }

  /** Has the host application clients of its own, by `queryClient`? */
  get hasOtherSource(): boolean {
    return this.host.present;
  }

  /** Also finds a disabled client: whoever gives it something must look. */
  find(clientId: string): Promise<Client | undefined> {
    if (clientId.length > 255) return Promise.resolve(undefined);
    const ours = (id: string): Promise<Client | undefined> => this.byId.get(id, (one) => this.repository.find(one));
    if (!this.hasOtherSource) return ours(clientId);
    return this.anywhere.get(clientId, async (id) => (await ours(id)) ?? this.host.find(id));
  }

  /** Reads through the cache: for whoever has just changed it. */
  async findFresh(clientId: string): Promise<Client | undefined> {
    return (await this.repository.find(clientId)) ?? this.host.find(clientId);
  }

  /** May pages of this origin call the endpoints that browsers use? */
  async isBrowserOrigin(origin: string): Promise<boolean> {
    if (origin.length > 255) return false;
    const isOurs = await this.origins.get(origin, (one) => this.repository.originKnown(one));
    return isOurs === true || this.host.isBrowserOrigin(origin);
  }

  /** Oldest first, without secrets. */
  list(page: ClientPage): Promise<Client[]> {
    return this.repository.list(page);
  }

  /**
   * @param also happens in the same transaction: all or nothing
   * @throws ClientMetadataError when the id is taken, the secret too short, or this server has not what it names
   */
  async create(input: NewClient, also?: (tx: Transaction, clientId: string) => Promise<void>): Promise<CreatedClient> {
    const clientId = input.clientId ?? generateClientId();
    refuse('client_id', clientIdFault(clientId));
    if (input.clientId !== undefined && (await this.host.find(clientId)))
      throw new ClientMetadataError([{ member: 'client_id', problem: 'is already taken' }], true);
    this.rules.check(input.metadata);
    const clientSecret = input.clientSecret ?? (needsSecret(input.metadata) ? generateClientSecret() : undefined);
    if (clientSecret !== undefined) refuse('client_secret', clientSecretFault(clientSecret));
    const sealed = clientSecret && (await this.sealedSecrets.seal(clientId, input.metadata, clientSecret));
    await this.database.transaction(async (tx) => {
      try {
        await this.repository.insert(tx, clientId, input);
      } catch (error) {
        if ((error as { code?: string }).code !== '23505') throw error;
        throw new ClientMetadataError([{ member: 'client_id', problem: 'is already taken' }], true);
      }
      if (clientSecret !== undefined)
        await this.repository.insertSecret(tx, clientId, hashSecret(clientSecret), sealed);
      await also?.(tx, clientId);
    });
    this.forget(clientId);
    this.events.emit('client.created', { clientId });
    return { client: (await this.repository.find(clientId)) as Client, clientSecret };
  }

  /**
   * Replaces the metadata. With an administration scope goes what carries it. Who signs with the secret from now on needs
   * a new one: of those before only the hash is known.
   * @param metadata also as what becomes of the present one
   * @returns undefined when there is no such client
   * @throws ClientMetadataError when this server has not what it names
   */
  async update(
    clientId: string,
    metadata: ClientMetadata | ((present: ClientMetadata) => ClientMetadata),
  ): Promise<Client | undefined> {
    const found = await this.database.transaction((tx) => this.change(tx, clientId, metadata));
    return found && this.repository.find(clientId);
  }

  /**
   * Replaces the metadata of a client that manages itself: one that needs a secret from now on gets it, one that needs none
   * any more loses it.
   * @param metadata what becomes of the present one
   * @param also happens before in the same transaction: all or nothing
   * @returns undefined when there is no such client
   * @throws ClientMetadataError when this server has not what it names
   */
  async replace(
    clientId: string,
    metadata: (present: ClientMetadata) => ClientMetadata,
    also: (tx: Transaction) => Promise<void>,
  ): Promise<CreatedClient | undefined> {
    const replaced = await this.database.transaction(async (tx) => {
      if (!(await this.repository.lock(tx, clientId))) return undefined;
      await also(tx);
      const next = (await this.change(tx, clientId, metadata)) as ClientMetadata;
      return { clientSecret: await this.settleSecret(tx, clientId, next) };
    });
    const client = replaced && (await this.repository.find(clientId));
    return client && { client, ...replaced };
  }

  /** A disabled client loses all that it was given, and gets nothing more. @returns false when there is no such client */
  setDisabled(clientId: string, disabled: boolean): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const found = await this.repository.setDisabled(tx, clientId, disabled);
      if (!found) return false;
      if (disabled) await this.lifecycle.endAccess(tx, clientId, 'client_disabled');
      tx.afterCommit(() => this.changed(clientId));
      return true;
    });
  }

  /** Deletes the client with everything that it was given. @returns false when there is no such client */
  async delete(clientId: string): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const deleted = await this.repository.delete(tx, { clientId });
      await this.deleted(tx, deleted);
      return deleted.length > 0;
    });
  }

  /** Deletes the clients that the user created on the pages. */
  async deleteOwnedBy(tx: Transaction, ownerId: string): Promise<void> {
    await this.deleted(tx, await this.repository.delete(tx, { ownerId }));
  }

  /**
   * Gives the client a new secret; the old ones end after the overlap.
   * @param overlapSeconds 0 ends them now
   * @returns undefined when there is no such client
   */
  async rotateSecret(clientId: string, overlapSeconds = DEFAULT_SECRET_OVERLAP): Promise<string | undefined> {
    const clientSecret = generateClientSecret();
    return this.database.transaction(async (tx) => {
      // Of two at the same moment the second one ends what the first one made.
      const metadata = await this.repository.lock(tx, clientId);
      if (!metadata) return undefined;
      const sealed = await this.sealedSecrets.seal(clientId, metadata, clientSecret);
      await this.repository.expireSecrets(tx, clientId, overlapSeconds);
      await this.repository.insertSecret(tx, clientId, hashSecret(clientSecret), sealed);
      tx.afterCommit(() => this.changed(clientId));
      return clientSecret;
    });
  }

  /**
   * Ends what a client of the host's was given here: call it after the host has disabled or deleted it.
   * @param reason `client_deleted` also forgets what users allowed it
   * @throws Error for a client that is registered here: then `setDisabled` and `delete` do it
   * @example await this.clients.endAccess('shop', 'client_disabled');
   */
  async endAccess(clientId: string, reason: 'client_disabled' | 'client_deleted'): Promise<void> {
    if (!this.hasOtherSource || (await this.repository.find(clientId)))
      throw new Error('ClientsService.endAccess is for clients of queryClient.');
    await this.database.transaction(async (tx) => {
      await this.lifecycle.endAccess(tx, clientId, 'client_disabled');
      if (reason === 'client_deleted') await this.lifecycle.delete(tx, [clientId]);
      tx.afterCommit(() => this.forget(clientId));
    });
  }

  /** For whoever deletes clients in a statement of its own: removes what they were given. */
  async deleted(tx: Transaction, clientIds: readonly string[]): Promise<void> {
    await this.lifecycle.delete(tx, clientIds);
    tx.afterCommit(() => {
      for (const clientId of clientIds) {
        this.forget(clientId);
        this.events.emit('client.deleted', { clientId });
      }
    });
  }

  /** @returns the new metadata; undefined when there is no such client */
  private async change(
    tx: Transaction,
    clientId: string,
    metadata: ClientMetadata | ((present: ClientMetadata) => ClientMetadata),
  ): Promise<ClientMetadata | undefined> {
    const present = await this.repository.lock(tx, clientId);
    if (!present) return undefined;
    const next = typeof metadata === 'function' ? metadata(present) : metadata;
    this.rules.check(next);
    await this.repository.updateMetadata(tx, clientId, next);
    if (signsWithSecret(present) && !signsWithSecret(next)) await this.repository.dropSealedSecrets(tx, clientId);
    const lost = administrationScopes(present).filter((scope) => !administrationScopes(next).includes(scope));
    if (lost.length > 0) await this.lifecycle.endAccess(tx, clientId, 'scope_lost', lost);
    tx.afterCommit(() => this.changed(clientId));
    return next;
  }

  /** @returns the new secret, if there is one */
  private async settleSecret(tx: Transaction, clientId: string, metadata: ClientMetadata): Promise<string | undefined> {
    if (needsSecret(metadata) && (await this.repository.hasUsableSecret(tx, clientId, metadata))) return undefined;
    await this.repository.expireSecrets(tx, clientId, 0);
    if (!needsSecret(metadata)) return undefined;
    const clientSecret = generateClientSecret();
    const sealed = await this.sealedSecrets.seal(clientId, metadata, clientSecret);
    await this.repository.insertSecret(tx, clientId, hashSecret(clientSecret), sealed);
    return clientSecret;
  }

  private changed(clientId: string): void {
    this.forget(clientId);
    this.events.emit('client.updated', { clientId });
  }

  /**
   * Has the next look at a client ask again. Of clients that are registered here other instances hear by themselves; what
   * `queryClient` has answered is kept there for at most `hostCache`.
   */
  forget(clientId: string): void {
    this.byId.delete(clientId);
    this.anywhere.delete(clientId);
    this.origins.clear();
  }
}

function administrationScopes({ scope = '' }: ClientMetadata): string[] {
  return scope.split(' ').filter(isAdministrationScope);
}

function refuse(member: string, problem: string | undefined): void {
  if (problem !== undefined) throw new ClientMetadataError([{ member, problem }]);
}
