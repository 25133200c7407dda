// The SQL of identities at other providers.
import { Injectable } from '@nestjs/common';
import { Database, statement, type Transaction } from '../database/database.js';
import type { IdentityFacts, UserIdentity } from './user-identities.js';

const COLUMNS = 'id, issuer, subject, user_id, provider, email, created_at, last_used_at';

const USE = statement(
  'user_identity.use',
  `UPDATE user_identities SET last_used_at = now(), provider = $3, email = coalesce($4, email)
   WHERE issuer = $1 AND subject = $2
   RETURNING ${COLUMNS}`,
);
const FIND = statement(
  'user_identity.find',
  `SELECT ${COLUMNS} FROM user_identities WHERE issuer = $1 AND subject = $2`,
);
const HOLD = statement(
  'user_identity.hold',
  'SELECT FROM user_identities WHERE issuer = $1 AND subject = $2 AND user_id = $3 FOR SHARE',
);
// Somebody else's stays theirs, and nothing is returned.
const LINK = statement(
  'user_identity.link',
  `INSERT INTO user_identities (issuer, subject, provider, email, user_id) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT (issuer, subject) DO UPDATE SET last_used_at = now(), provider = excluded.provider,
     email = coalesce(excluded.email, user_identities.email)
   WHERE user_identities.user_id = excluded.user_id
   RETURNING ${COLUMNS}, xmax = 0 AS created`,
);
const LIST = statement(
  'user_identity.list',
  `SELECT ${COLUMNS} FROM user_identities WHERE user_id = $1 ORDER BY created_at, id`,
);
const DELETE = statement(
  'user_identity.delete',
  `DELETE FROM user_identities WHERE id = $1 AND user_id = $2 RETURNING ${COLUMNS}`,
);
const DELETE_OF_USER = statement('user_identity.delete_of_user', 'DELETE FROM user_identities WHERE user_id = $1');

interface IdentityRow {
  id: string;
  issuer: string;
  subject: string;
  user_id: string;
  provider: string;
  email: string | null;
  created_at: Date;
  last_used_at: Date;
}

@Injectable()
export class UserIdentitiesRepository {
  constructor(private readonly database: Database) {}

  async find(issuer: string, subject: string): Promise<UserIdentity | undefined> {
    const [row] = await this.database.query<IdentityRow>(FIND, [issuer, subject]);
    return row && toIdentity(row);
  }

  /** Notes that somebody comes with it. @returns undefined when it is nobody's */
  async use({ issuer, subject, provider, email }: IdentityFacts): Promise<UserIdentity | undefined> {
    const [row] = await this.database.query<IdentityRow>(USE, [issuer, subject, provider, email ?? null]);
    return row && toIdentity(row);
  }

  /** @returns false when it is not the user's */
  async hold(tx: Transaction, userId: string, issuer: string, subject: string): Promise<boolean> {
    return (await tx.query(HOLD, [issuer, subject, userId])).length > 0;
  }

  /** @returns undefined when it is somebody else's; `created`: it was nobody's before */
  async link(
    tx: Transaction,
    userId: string,
    { issuer, subject, provider, email }: IdentityFacts,
  ): Promise<{ created: boolean } | undefined> {
    const [row] = await tx.query<{ created: boolean }>(LINK, [issuer, subject, provider, email ?? null, userId]);
    return row && { created: row.created };
  }

  async listOf(userId: string, from: Database | Transaction = this.database): Promise<UserIdentity[]> {
    return (await from.query<IdentityRow>(LIST, [userId])).map(toIdentity);
  }

  /** @returns undefined when the user has no such identity */
  async delete(tx: Transaction, userId: string, id: string): Promise<UserIdentity | undefined> {
    const [row] = await tx.query<IdentityRow>(DELETE, [id, userId]);
    return row && toIdentity(row);
  }

  async deleteOf(tx: Transaction, userId: string): Promise<void> {
    await tx.query(DELETE_OF_USER, [userId]);
  }
}

function toIdentity(row: IdentityRow): UserIdentity {
  return {
    id: row.id,
    issuer: row.issuer,
    subject: row.subject,
    userId: row.user_id,
    provider: row.provider,
    email: row.email ?? undefined,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}
