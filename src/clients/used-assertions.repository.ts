// The SQL of assertions that were presented: whoever inserts the row is the one who may use it.
import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';

const CONSUME = statement(
  'used_assertion.consume',
  `INSERT INTO used_assertions (assertion_key, expires_at) VALUES ($1, to_timestamp($2))
   ON CONFLICT DO NOTHING RETURNING assertion_key`,
);
const DELETE_EXPIRED = statement(
  'used_assertion.delete_expired',
  `DELETE FROM used_assertions WHERE assertion_key IN (
     SELECT assertion_key FROM used_assertions WHERE expires_at < now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
   ) RETURNING assertion_key`,
);

@Injectable()
export class UsedAssertionsRepository {
  constructor(private readonly database: Database) {}

  /** @returns false when it was used before */
  async consume(key: Buffer, expiresAt: number): Promise<boolean> {
    return (await this.database.query(CONSUME, [key, expiresAt])).length === 1;
  }

  /** @returns how many rows; fewer than `limit` is all */
  async deleteExpired(limit: number): Promise<number> {
    return (await this.database.query(DELETE_EXPIRED, [limit])).length;
  }
}
