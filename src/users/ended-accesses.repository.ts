// The SQL that keeps what ends apart from what begins at the same moment, for users who have no row here: they are
// locked by name, in shared mode by whoever gives them something, and alone by whoever ends their access.
import { Injectable } from '@nestjs/common';
import { Database, statement, type Transaction } from '../database/database.js';

/** First half of the keys of these advisory locks. */
const LOCKS = 1_851_876_210;

const CLOCK = statement('ended_access.clock', 'SELECT clock_timestamp()::text AS now');
const SHARE = statement('ended_access.share', `SELECT pg_advisory_xact_lock_shared(${LOCKS}, hashtext($1))`);
const LOCK = statement('ended_access.lock', `SELECT pg_advisory_xact_lock(${LOCKS}, hashtext($1))`);
const ENDED_SINCE = statement(
  'ended_access.ended_since',
  'SELECT FROM ended_accesses WHERE user_id = $1 AND ended_at >= $2::timestamptz',
);
const END = statement(
  'ended_access.end',
  `INSERT INTO ended_accesses (user_id, ended_at) VALUES ($1, clock_timestamp())
   ON CONFLICT (user_id) DO UPDATE SET ended_at = excluded.ended_at`,
);
// Nobody takes an hour between the check of a password and the session.
const REMOVE_OLD = statement(
  'ended_access.remove_old',
  `DELETE FROM ended_accesses WHERE user_id IN (
     SELECT user_id FROM ended_accesses WHERE ended_at < now() - interval '1 hour' LIMIT $1 FOR UPDATE SKIP LOCKED
   ) RETURNING user_id`,
);

@Injectable()
export class EndedAccessesRepository {
  constructor(private readonly database: Database) {}

  /** The database's time, in all its digits. */
  async clock(): Promise<string> {
    const [{ now }] = await this.database.query<{ now: string }>(CLOCK, []);
    return now;
  }

  /** Has whoever ends the user's access wait for the end of the transaction. @returns false when it ended `since` then */
  async hold(tx: Transaction, userId: string, since: string): Promise<boolean> {
    await tx.query(SHARE, [userId]);
    return (await tx.query(ENDED_SINCE, [userId, since])).length === 0;
  }

  /** Waits for whoever gives the user something, and tells those who come later. */
  async end(tx: Transaction, userId: string): Promise<void> {
    await tx.query(LOCK, [userId]);
    await tx.query(END, [userId]);
  }

  /** @returns how many; fewer than `limit` is all */
  async removeOld(limit: number): Promise<number> {
    return (await this.database.query(REMOVE_OLD, [limit])).length;
  }
}
