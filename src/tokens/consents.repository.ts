// The SQL of remembered consents, and of interactions that were answered.
import { Injectable } from '@nestjs/common';
import { Database, statement, type Transaction } from '../database/database.js';
import { ConsentEntity } from './consent.entity.js';

const COVERS = statement(
  'consent.covers',
  `SELECT FROM consents WHERE user_id = $1 AND client_id = $2 AND scopes @> $3::text[] AND resources @> $4::text[]`,
);
/** Once each, in an order that is the same in every database. */
const sorted = (values: string): string =>
  `ARRAY(SELECT DISTINCT unnest(${values}) COLLATE "C" AS value ORDER BY value)`;

const REMEMBER = statement(
  'consent.remember',
  `INSERT INTO consents (user_id, client_id, scopes, resources) VALUES ($1, $2, ${sorted('$3::text[]')}, ${sorted('$4::text[]')})
   ON CONFLICT (user_id, client_id) DO UPDATE SET scopes = ${sorted('consents.scopes || excluded.scopes')},
     resources = ${sorted('consents.resources || excluded.resources')}, granted_at = now()`,
);
const IS_FINISHED = statement('interaction.is_finished', 'SELECT FROM finished_interactions WHERE id = $1');
const FINISH = statement(
  'interaction.finish',
  `INSERT INTO finished_interactions (id, expires_at) VALUES ($1, now() + make_interval(secs => $2)) ON CONFLICT DO NOTHING RETURNING id`,
);
const FORGET = statement('consent.forget', 'DELETE FROM consents WHERE user_id = $1 AND client_id = $2');

const DELETE_OF_USER = statement('consent.delete_of_user', 'DELETE FROM consents WHERE user_id = $1');
const DELETE_OF_CLIENTS = statement(
  'consent.delete_of_clients',
  'DELETE FROM consents WHERE client_id = ANY ($1::text[])',
);

/** What somebody allowed a client. */
export interface Consent {
  userId: string;
  clientId: string;
  scopes: string[];
  resources: string[];
  grantedAt: Date;
}

@Injectable()
export class ConsentsRepository {
  constructor(private readonly database: Database) {}

  async covers(
    userId: string,
    clientId: string,
    scopes: readonly string[],
    resources: readonly string[],
  ): Promise<boolean> {
    return (await this.database.query(COVERS, [userId, clientId, scopes, resources])).length > 0;
  }

  async remember(
    tx: Transaction,
    userId: string,
    clientId: string,
    scopes: readonly string[],
    resources: readonly string[],
  ): Promise<void> {
    await tx.query(REMEMBER, [userId, clientId, scopes, resources]);
  }

  async forget(tx: Transaction, userId: string, clientId: string): Promise<void> {
    await tx.query(FORGET, [userId, clientId]);
  }

  /** Forgets all that somebody allowed, or that some clients were allowed. */
  async deleteWhere(tx: Transaction, by: { userId: string } | { clientIds: readonly string[] }): Promise<void> {
    if ('userId' in by) await tx.query(DELETE_OF_USER, [by.userId]);
    else await tx.query(DELETE_OF_CLIENTS, [by.clientIds]);
  }

  /** @returns false when the interaction was answered before */
  async finishInteraction(tx: Transaction, id: string, lifetime: number): Promise<boolean> {
    return (await tx.query(FINISH, [id, lifetime])).length > 0;
  }

  async isFinished(interactionId: string): Promise<boolean> {
    return (await this.database.query(IS_FINISHED, [interactionId])).length > 0;
  }

  listOf(userId: string): Promise<Consent[]> {
    return this.database.dataSource.manager.find(ConsentEntity, { where: { userId }, order: { grantedAt: 'DESC' } });
  }
}
