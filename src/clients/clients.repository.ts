// The SQL of clients and their secrets.
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database, statement, type Transaction } from '../database/database.js';
import { Client } from './client.js';
import { browserOrigins, type ClientMetadata, signsWithSecret } from './client-metadata.js';
import { ClientSecretEntity } from './client-secret.entity.js';
import { ClientEntity } from './client.entity.js';

const FIND = statement(
  'client.find',
  `SELECT c.client_id, c.metadata, c.owner_id, c.self_registered, c.disabled_at IS NOT NULL AS disabled, c.created_at,
          s.id AS secret_id, s.secret_hash, s.secret_sealed, s.created_at AS secret_created_at, s.expires_at AS secret_expires_at
   FROM clients c
   LEFT JOIN client_secrets s ON s.client_id = c.client_id AND (s.expires_at IS NULL OR s.expires_at > now())
   WHERE c.client_id = $1 ORDER BY s.id DESC`,
);
const ORIGIN_KNOWN = statement(
  'client.origin_known',
  `SELECT EXISTS (SELECT FROM clients WHERE browser_origins @> ARRAY[$1] AND browser_origins <> '{}' AND disabled_at IS NULL) AS known`,
);

const DELETE = statement('client.delete', 'DELETE FROM clients WHERE client_id = $1 RETURNING client_id');
const DELETE_OWNED = statement('client.delete_owned', 'DELETE FROM clients WHERE owner_id = $1 RETURNING client_id');

interface DeletedRow {
  client_id: string;
}

interface ClientRow {
  client_id: string;
  metadata: ClientMetadata;
  owner_id: string | null;
  self_registered: boolean;
  disabled: boolean;
  created_at: Date;
  secret_id: string | null;
  secret_hash: Buffer;
  secret_sealed: string | null;
  secret_created_at: Date;
  secret_expires_at: Date | null;
}

export interface ClientPage {
  ownerId?: string;
  /** The client after which the page begins, which may be gone meanwhile. */
  after?: Pick<Client, 'id' | 'createdAt'>;
  limit: number;
}

@Injectable()
export class ClientsRepository {
  constructor(private readonly database: Database) {}

  async find(clientId: string): Promise<Client | undefined> {
    const rows = await this.database.query<ClientRow>(FIND, [clientId]);
    const [row] = rows;
    if (!row) return undefined;
    const secrets = rows.flatMap((one) =>
      one.secret_id === null
        ? []
        : [
            {
              id: one.secret_id,
              hash: one.secret_hash,
              sealed: one.secret_sealed,
              createdAt: one.secret_created_at,
              expiresAt: one.secret_expires_at,
            },
          ],
    );
    const { metadata, owner_id: ownerId, disabled, created_at: createdAt, self_registered: selfRegistered } = row;
    return new Client(row.client_id, metadata, secrets, ownerId, disabled, createdAt, selfRegistered);
  }

  async originKnown(origin: string): Promise<boolean> {
    const [row] = await this.database.query<{ known: boolean }>(ORIGIN_KNOWN, [origin]);
    return row?.known === true;
  }

  /** Without secrets, oldest first. */
  async list(page: ClientPage): Promise<Client[]> {
    const query = this.manager
      .createQueryBuilder(ClientEntity, 'client')
      .orderBy('client.createdAt')
      .addOrderBy('client.clientId')
      .limit(page.limit);
    if (page.ownerId !== undefined) query.andWhere('client.ownerId = :ownerId', { ownerId: page.ownerId });
    if (page.after !== undefined) {
      const { id, createdAt } = page.after;
      query.andWhere('(client.created_at, client.client_id) > (:createdAt, :id)', { createdAt, id });
    }
    const entities = await query.getMany();
    return entities.map(
      ({ clientId, metadata, ownerId, disabledAt, createdAt, selfRegistered }) =>
        new Client(clientId, metadata, [], ownerId, disabledAt !== null, createdAt, selfRegistered),
    );
  }

  async insert(
    tx: Transaction,
    clientId: string,
    {
      metadata,
      ownerId = null,
      selfRegistered,
    }: { metadata: ClientMetadata; ownerId?: string | null; selfRegistered?: boolean },
  ): Promise<void> {
    await tx.manager.insert(ClientEntity, {
      clientId,
      metadata,
      ownerId,
      selfRegistered,
      browserOrigins: browserOrigins(metadata),
    });
  }

  /** Reads and locks; grants go on being made meanwhile. */
  async lock(tx: Transaction, clientId: string): Promise<ClientMetadata | undefined> {
    const entity = await tx.manager.findOne(ClientEntity, { where: { clientId }, lock: { mode: 'for_no_key_update' } });
    return entity?.metadata;
  }

  async updateMetadata(tx: Transaction, clientId: string, metadata: ClientMetadata): Promise<void> {
    const change = { metadata, browserOrigins: browserOrigins(metadata) } as object;
    await tx.manager.update(ClientEntity, { clientId }, change);
  }

  /** @returns false when there is no such client */
  async setDisabled(tx: Transaction, clientId: string, disabled: boolean): Promise<boolean> {
    const change = { disabledAt: disabled ? new Date() : null };
    return (await tx.manager.update(ClientEntity, { clientId }, change)).affected === 1;
  }

  /** @returns the ids of what was deleted: the client, or all that the user created on the pages */
  async delete(tx: Transaction, by: { clientId: string } | { ownerId: string }): Promise<string[]> {
    const rows =
      'clientId' in by
        ? await tx.query<DeletedRow>(DELETE, [by.clientId])
        : await tx.query<DeletedRow>(DELETE_OWNED, [by.ownerId]);
    return rows.map(({ client_id: clientId }) => clientId);
  }

  /** @param secretSealed of a client that signs with it */
  async insertSecret(tx: Transaction, clientId: string, secretHash: Buffer, secretSealed?: string): Promise<void> {
    await tx.manager.insert(ClientSecretEntity, { clientId, secretHash, secretSealed: secretSealed ?? null });
  }

  /** Keeps only the hashes. */
  async dropSealedSecrets(tx: Transaction, clientId: string): Promise<void> {
    await tx.manager.update(ClientSecretEntity, { clientId }, { secretSealed: null });
  }

  /** Has it a live secret with which it can prove who it is by the method of this metadata? */
  async hasUsableSecret(tx: Transaction, clientId: string, metadata: ClientMetadata): Promise<boolean> {
    const secrets = await tx.manager.findBy(ClientSecretEntity, { clientId });
    const live = secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt.getTime() > Date.now());
    return live.some(({ secretSealed }) => secretSealed !== null || !signsWithSecret(metadata));
  }

  /** Lets every live secret end after the overlap, and removes those that have ended. */
  async expireSecrets(tx: Transaction, clientId: string, overlapSeconds: number): Promise<void> {
    await tx.manager.query(
      `UPDATE client_secrets SET expires_at = least(expires_at, now() + make_interval(secs => $2)) WHERE client_id = $1`,
      [clientId, overlapSeconds],
    );
    await tx.manager.query('DELETE FROM client_secrets WHERE client_id = $1 AND expires_at <= now()', [clientId]);
  }

  private get manager(): EntityManager {
    return this.database.dataSource.manager;
  }
}
