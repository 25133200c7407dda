// The SQL of initial access tokens.
import { Injectable } from '@nestjs/common';
import { Database, statement, type Transaction } from '../database/database.js';

/** An initial access token without what could be presented. */
export interface InitialAccessToken {
  id: string;
  /** How many clients may register with it; null: any number. */
  maxUses: number | null;
  uses: number;
  createdAt: Date;
  expiresAt: Date;
}

const USABLE = '(expires_at > now() AND (max_uses IS NULL OR uses < max_uses))';
const COLUMNS = 'id, max_uses AS "maxUses", uses, created_at AS "createdAt", expires_at AS "expiresAt"';

const INSERT = statement(
  'initial_access_token.insert',
  `INSERT INTO initial_access_tokens (token_key, max_uses, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))
   RETURNING ${COLUMNS}`,
);
const IS_USABLE = statement(
  'initial_access_token.is_usable',
  `SELECT id FROM initial_access_tokens WHERE token_key = $1 AND ${USABLE}`,
);
// Of those who come at once as many get through as uses are left.
const CONSUME = statement(
  'initial_access_token.consume',
  `UPDATE initial_access_tokens SET uses = uses + 1 WHERE token_key = $1 AND ${USABLE} RETURNING id`,
);
const LIST = statement(
  'initial_access_token.list',
  `SELECT ${COLUMNS} FROM initial_access_tokens
   WHERE expires_at > now() AND ($1::timestamptz IS NULL OR (created_at, id) > ($1, $2::uuid)) ORDER BY created_at, id LIMIT $3`,
);
const FIND = statement(
  'initial_access_token.find',
  `SELECT ${COLUMNS} FROM initial_access_tokens WHERE id = $1 AND expires_at > now()`,
);
const DELETE = statement('initial_access_token.delete', 'DELETE FROM initial_access_tokens WHERE id = $1 RETURNING id');
const REMOVE_EXPIRED = statement(
  'initial_access_token.remove_expired',
  `DELETE FROM initial_access_tokens WHERE id IN (
     SELECT id FROM initial_access_tokens WHERE expires_at < now() LIMIT $1 FOR UPDATE SKIP LOCKED
   ) RETURNING id`,
);

@Injectable()
export class InitialAccessTokensRepository {
  constructor(private readonly database: Database) {}

  async insert(key: Buffer, maxUses: number | null, seconds: number): Promise<InitialAccessToken> {
    const [token] = await this.database.query<InitialAccessToken>(INSERT, [key, maxUses, seconds]);
    return token;
  }

  async isUsable(key: Buffer): Promise<boolean> {
    return (await this.database.query(IS_USABLE, [key])).length === 1;
  }

  /** Takes one use. @returns the id; undefined when none is left */
  async consume(tx: Transaction, key: Buffer): Promise<string | undefined> {
    const [row] = await tx.query<{ id: string }>(CONSUME, [key]);
    return row?.id;
  }

  /** Those that have not expired, oldest first. */
  list(after: Pick<InitialAccessToken, 'id' | 'createdAt'> | undefined, limit: number): Promise<InitialAccessToken[]> {
    return this.database.query<InitialAccessToken>(LIST, [after?.createdAt ?? null, after?.id ?? null, limit]);
  }

  async find(id: string): Promise<InitialAccessToken | undefined> {
    const [token] = await this.database.query<InitialAccessToken>(FIND, [id]);
    return token;
  }

  async delete(id: string): Promise<boolean> {
    return (await this.database.query(DELETE, [id])).length === 1;
  }

  /** @returns how many rows; fewer than `limit` is all */
  async removeExpired(limit: number): Promise<number> {
    return (await this.database.query(REMOVE_EXPIRED, [limit])).length;
  }
}
