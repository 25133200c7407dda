// The SQL of browser sessions. `expires_at` is the nearer one of the idle and the absolute end; using a session moves it.
import { Injectable } from '@nestjs/common';
import { Database, statement, type Transaction } from '../database/database.js';
import { gather } from '../database/gather.js';
import type { Session } from './session.js';

const COLUMNS = 'id, user_id, auth_time, amr, created_at, last_seen_at, expires_at, user_agent, address';

/** When somebody has proven who they are: now, unless it was before. */
const AUTH_TIME = 'least($6::timestamptz, now())';
const EXPIRES_AT = `least(now() + make_interval(secs => $7), ${AUTH_TIME} + make_interval(secs => $8))`;

const FIND = statement(
  'session.find',
  `SELECT session_key, ${COLUMNS} FROM sessions WHERE session_key = ANY ($1::bytea[]) AND expires_at > now()`,
);
const TOUCH = statement(
  'session.touch',
  `UPDATE sessions SET last_seen_at = now(),
     expires_at = least(now() + make_interval(secs => $2), auth_time + make_interval(secs => $3))
   WHERE id = $1 AND last_seen_at < now() - make_interval(secs => $4) AND expires_at > now()`,
);
const INSERT = statement(
  'session.insert',
  `INSERT INTO sessions (session_key, user_id, amr, user_agent, address, auth_time, expires_at)
   VALUES ($1, $2, $3::text[], $4, $5, ${AUTH_TIME}, ${EXPIRES_AT}) RETURNING ${COLUMNS}`,
);
const REPEAT = statement(
  'session.repeat',
  `UPDATE sessions SET session_key = $1, amr = $3::text[], user_agent = $4, address = $5,
     auth_time = ${AUTH_TIME}, last_seen_at = now(), expires_at = ${EXPIRES_AT}
   WHERE id = $9 AND user_id = $2 AND expires_at > now() RETURNING ${COLUMNS}`,
);
const HOLD = statement('session.hold', 'SELECT FROM sessions WHERE id = $1 FOR UPDATE');
const RENEW = statement('session.renew', 'UPDATE sessions SET session_key = $2 WHERE id = $1 RETURNING id');
const DELETE = statement('session.delete', 'DELETE FROM sessions WHERE id = $1 AND user_id = $2 RETURNING id');
const DELETE_OF_USER = statement(
  'session.delete_of_user',
  'DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2::uuid RETURNING id',
);
const LIST = statement(
  'session.list',
  `SELECT ${COLUMNS} FROM sessions WHERE user_id = $1 AND expires_at > now() ORDER BY last_seen_at DESC, id LIMIT 200`,
);
const DELETE_EXPIRED = statement(
  'session.delete_expired',
  `DELETE FROM sessions WHERE session_key IN (
     SELECT session_key FROM sessions WHERE expires_at <= now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
   ) RETURNING id`,
);

interface SessionRow {
  id: string;
  user_id: string;
  auth_time: Date;
  amr: string[];
  created_at: Date;
  last_seen_at: Date;
  expires_at: Date;
  user_agent: string;
  address: string;
}

/** A sign-in, as it is stored. */
export interface NewSession {
  key: Buffer;
  userId: string;
  amr: readonly string[];
  userAgent: string;
  address: string;
  /** When the user has proven who they are; absent: now. */
  authTime?: Date;
  /** Seconds until it ends when nobody uses it. */
  idle: number;
  /** Seconds from the sign-in until it ends, whatever is done with it. */
  absolute: number;
}

@Injectable()
export class SessionsRepository {
  /** The live session of a cookie's key. */
  readonly find: (key: Buffer) => Promise<Session | undefined>;

  constructor(private readonly database: Database) {
    this.find = gather((keys) => this.findAll(keys));
  }

  /** Moves the end of a session that was last seen more than `interval` ago; all in seconds. */
  async touch(id: string, idle: number, absolute: number, interval: number): Promise<void> {
    await this.database.query(TOUCH, [id, idle, absolute, interval]);
  }

  async insert(tx: Transaction, session: NewSession): Promise<Session> {
    const [row] = await tx.query<SessionRow>(INSERT, valuesOf(session));
    return toSession(row);
  }

  /** Another sign-in of the same user in the session. @returns undefined when it has ended */
  async repeat(tx: Transaction, id: string, session: NewSession): Promise<Session | undefined> {
    const [row] = await tx.query<SessionRow>(REPEAT, [...valuesOf(session), id]);
    return row && toSession(row);
  }

  /** @returns false when the session has ended */
  async renew(id: string, key: Buffer): Promise<boolean> {
    return (await this.database.query(RENEW, [id, key])).length > 0;
  }

  /** @returns false when the user has no such session */
  async delete(tx: Transaction, userId: string, id: string): Promise<boolean> {
    return (await tx.query(DELETE, [id, userId])).length > 0;
  }

  /** Until the transaction ends nothing is granted in this session. */
  async hold(tx: Transaction, id: string): Promise<void> {
    await tx.query(HOLD, [id]);
  }

  /** @returns the ids of what was deleted */
  async deleteOf(tx: Transaction, userId: string, exceptId: string | undefined): Promise<string[]> {
    return ids(await tx.query<{ id: string }>(DELETE_OF_USER, [userId, exceptId ?? null]));
  }

  async deleteExpired(tx: Transaction, limit: number): Promise<string[]> {
    return ids(await tx.query<{ id: string }>(DELETE_EXPIRED, [limit]));
  }

  async listOf(userId: string): Promise<Session[]> {
    return (await this.database.query<SessionRow>(LIST, [userId])).map(toSession);
  }

  private async findAll(keys: Buffer[]): Promise<Array<Session | undefined>> {
    const rows = await this.database.query<SessionRow & { session_key: Buffer }>(FIND, [keys]);
    return keys.map((key) => {
      const row = rows.find(({ session_key: stored }) => stored.equals(key));
      return row && toSession(row);
    });
  }
}

function valuesOf(session: NewSession): unknown[] {
  const { key, userId, amr, userAgent, address, authTime, idle, absolute } = session;
  return [key, userId, amr, userAgent, address, authTime ?? null, idle, absolute];
}

function ids(rows: Array<{ id: string }>): string[] {
  return rows.map(({ id }) => id);
}

function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    userId: row.user_id,
    authTime: row.auth_time,
    amr: row.amr,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    userAgent: row.user_agent,
    address: row.address,
  };
}
