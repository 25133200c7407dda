// The SQL of clients that registered themselves.
import { Injectable } from '@nestjs/common';
import { Database, statement, type Transaction } from '../database/database.js';

const INSERT = statement(
  'client_registration.insert',
  `INSERT INTO client_registrations (client_id, token_key, software_statement, initial_access_token_id) VALUES ($1, $2, $3, $4)`,
);
const FIND = statement(
  'client_registration.find',
  `SELECT software_statement FROM client_registrations WHERE token_key = $1 AND client_id = $2`,
);
// Of two that present the same token at once the second one finds another.
const ROTATE = statement(
  'client_registration.rotate',
  `UPDATE client_registrations SET token_key = $3, software_statement = $4 WHERE client_id = $1 AND token_key = $2 RETURNING client_id`,
);
const MARK_USED = statement(
  'client_registration.mark_used',
  `UPDATE client_registrations SET used_at = now() WHERE client_id = $1 AND used_at IS NULL`,
);
// Somebody may be about to use what is not an hour old; a remembered consent is a use as well.
const REMOVE_UNUSED = statement(
  'client_registration.remove_unused',
  `DELETE FROM clients WHERE client_id IN (
     SELECT r.client_id FROM client_registrations r
     WHERE r.used_at IS NULL
       AND (r.created_at < now() - make_interval(secs => $1)
         OR r.initial_access_token_id IS NULL AND r.created_at < now() - interval '1 hour' AND r.created_at <= (
           SELECT created_at FROM client_registrations WHERE used_at IS NULL ORDER BY created_at DESC OFFSET $2 LIMIT 1))
       AND NOT EXISTS (SELECT FROM grants g WHERE g.client_id = r.client_id)
       AND NOT EXISTS (SELECT FROM consents c WHERE c.client_id = r.client_id)
     ORDER BY r.created_at LIMIT $3 FOR UPDATE SKIP LOCKED
   ) RETURNING client_id`,
);

export interface NewRegistration {
  clientId: string;
  tokenKey: Buffer;
  softwareStatement?: string;
  /** Absent: it registered without one. */
  initialAccessTokenId?: string;
}

@Injectable()
export class ClientRegistrationsRepository {
  constructor(private readonly database: Database) {}

  async insert(tx: Transaction, one: NewRegistration): Promise<void> {
    const { clientId, tokenKey, softwareStatement, initialAccessTokenId } = one;
    await tx.query(INSERT, [clientId, tokenKey, softwareStatement ?? null, initialAccessTokenId ?? null]);
  }

  /** The registration of this client, if the token is its own. */
  async find(tokenKey: Buffer, clientId: string): Promise<{ softwareStatement?: string } | undefined> {
    const [row] = await this.database.query<{ software_statement: string | null }>(FIND, [tokenKey, clientId]);
    return row && { softwareStatement: row.software_statement ?? undefined };
  }

  /** @returns false when the client has another token meanwhile */
  async rotate(
    tx: Transaction,
    clientId: string,
    keys: { present: Buffer; next: Buffer },
    softwareStatement: string | undefined,
  ): Promise<boolean> {
    return (await tx.query(ROTATE, [clientId, keys.present, keys.next, softwareStatement ?? null])).length === 1;
  }

  async markUsed(clientId: string): Promise<void> {
    await this.database.query(MARK_USED, [clientId]);
  }

  /** Deletes clients that never got a token. @returns their ids; fewer than `limit` is all */
  async removeUnused(tx: Transaction, lifetime: number | null, most: number, limit: number): Promise<string[]> {
    const rows = await tx.query<{ client_id: string }>(REMOVE_UNUSED, [lifetime, most, limit]);
    return rows.map(({ client_id: clientId }) => clientId);
  }
}
