// The SQL of failed sign-ins. An attempt is counted as a failure before the password is looked at, and taken back when
// it was right: parallel attempts cannot pass the counter. Each statement touches one row, so none waits for two.
import { Injectable } from '@nestjs/common';
import { hashSecret } from '../common/credential.js';
import { Database, statement } from '../database/database.js';

// Another attempt that is counted at the same moment locks the row; `blocked_until` is then looked at again.
const RESERVE = statement(
  'sign_in_failure.reserve',
  `WITH reserved AS (
     INSERT INTO sign_in_failures AS f (failure_key, failures, last_failed_at, blocked_until)
     VALUES ($1, 1, now(), to_timestamp(0))
     ON CONFLICT (failure_key) DO UPDATE SET
       (failures, last_failed_at, blocked_until) = (
         SELECT n, now(), CASE WHEN n < $2::int THEN to_timestamp(0)
                               ELSE now() + make_interval(secs => least($3::int, 2 ^ least(n - $2::int, 30))) END
         FROM (SELECT CASE WHEN f.last_failed_at < now() - make_interval(secs => $4::int) THEN 1 ELSE f.failures + 1 END AS n) next
       )
     WHERE f.blocked_until <= now()
     RETURNING failure_key
   )
   SELECT 0 AS wait FROM reserved
   UNION ALL
   SELECT greatest(1, ceil(extract(epoch FROM blocked_until - now())))::int FROM sign_in_failures
   WHERE failure_key = $1 AND NOT EXISTS (SELECT FROM reserved)`,
);
const TAKE_BACK = statement(
  'sign_in_failure.take_back',
  `UPDATE sign_in_failures SET failures = greatest(0, failures - 1), blocked_until = to_timestamp(0) WHERE failure_key = $1`,
);
const RESET = statement('sign_in_failure.reset', 'DELETE FROM sign_in_failures WHERE failure_key = $1');
const DELETE_FORGOTTEN = statement(
  'sign_in_failure.delete_forgotten',
  `DELETE FROM sign_in_failures WHERE failure_key IN (
     SELECT failure_key FROM sign_in_failures WHERE last_failed_at < now() - make_interval(secs => $1)
     ORDER BY last_failed_at LIMIT $2 FOR UPDATE SKIP LOCKED
   ) RETURNING failure_key`,
);

/** How failures in a row are slowed down. */
export interface BackOff {
  /** With this failure the waiting begins: 1 s, then twice as long with each further one. */
  from: number;
  /** The longest wait, in seconds. */
  longest: number;
  /** Without an attempt for so many seconds everything is forgotten. */
  forgottenAfter: number;
}

@Injectable()
export class SignInFailuresRepository {
  constructor(private readonly database: Database) {}

  /** Counts an attempt. @returns the seconds to wait when it must not be made now, else 0 */
  async reserve(key: Buffer, backOff: BackOff): Promise<number> {
    const { from, longest, forgottenAfter } = backOff;
    const [row] = await this.database.query<{ wait: number }>(RESERVE, [key, from, longest, forgottenAfter]);
    // No row: it was inserted and blocked by others while we looked.
    return row?.wait ?? 1;
  }

  /** The attempt was none, or did not fail. */
  async takeBack(key: Buffer): Promise<void> {
    await this.database.query(TAKE_BACK, [key]);
  }

  /** The row of failures is over. */
  async reset(key: Buffer): Promise<void> {
    await this.database.query(RESET, [key]);
  }

  /** @returns how many rows; fewer than `limit` is all */
  async deleteForgotten(seconds: number, limit: number): Promise<number> {
    return (await this.database.query(DELETE_FORGOTTEN, [seconds, limit])).length;
  }
}

/** What is counted is stored as its hash. */
export function failureKey(
  kind: 'account' | 'address' | 'known-browser' | 'device-code' | 'device-address' | 'password-change',
  name: string,
): Buffer {
  return hashSecret(`${kind}:${name}`);
}
