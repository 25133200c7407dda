// The SQL of the server's keys. All times are the database's: every instance switches keys at the same moment.
// @see RFC 7517 §5 https://www.rfc-editor.org/rfc/rfc7517#section-5
import { Injectable } from '@nestjs/common';
import type { JWK } from 'jose';
import { Database, statement, type Transaction } from '../../database/database.js';
import type { KeyUse } from './key-algorithms.js';

/** One instance at a time makes or changes keys. */
export const KEYS_LOCK = 7_236_921_106;
/** Seconds that clocks of verifiers may be behind. */
const LEEWAY = 60;

const COLUMNS = 'kid, use, algorithm, public_jwk, private_key_sealed, created_at, activates_at, retires_at, lifetime';

const FIND_KEPT = statement(
  'signing_key.find_kept',
  `SELECT ${COLUMNS}, clock_timestamp() AS read_at FROM signing_keys
   WHERE retires_at IS NULL OR retires_at > now() - make_interval(secs => lifetime + ${LEEWAY})
   ORDER BY activates_at`,
);

const LOCK = statement('signing_key.lock', 'SELECT pg_advisory_xact_lock($1)');

const NOW = statement('signing_key.now', `SELECT date_trunc('milliseconds', clock_timestamp()) AS now`);

const FIND_LIVE = statement(
  'signing_key.find_live',
  `SELECT ${COLUMNS} FROM signing_keys WHERE algorithm = $1 AND (retires_at IS NULL OR retires_at > $2) ORDER BY activates_at`,
);

const INSERT = statement(
  'signing_key.insert',
  `INSERT INTO signing_keys (kid, use, algorithm, public_jwk, private_key_sealed, lifetime, activates_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7)
   ON CONFLICT (algorithm) WHERE retires_at IS NULL DO NOTHING RETURNING kid`,
);

const RETIRE = statement(
  'signing_key.retire',
  `UPDATE signing_keys SET retires_at = $3
   WHERE algorithm = $1 AND (retires_at IS NULL OR retires_at > $2) AND kid <> $4 RETURNING kid`,
);

const ACTIVATE = statement('signing_key.activate', 'UPDATE signing_keys SET activates_at = $2 WHERE kid = $1');

const KEEP_ON = statement('signing_key.keep_on', 'UPDATE signing_keys SET retires_at = NULL WHERE kid = $1');

const DELETE = statement('signing_key.delete', `DELETE FROM signing_keys WHERE kid = $1 RETURNING ${COLUMNS}`);

const PROLONG = statement(
  'signing_key.prolong',
  'UPDATE signing_keys SET lifetime = $2 WHERE kid = $1 AND lifetime < $2',
);

const REMOVE_EXPIRED = statement(
  'signing_key.remove_expired',
  `DELETE FROM signing_keys WHERE kid IN (
     SELECT kid FROM signing_keys WHERE retires_at <= now() - make_interval(secs => lifetime + ${LEEWAY})
     LIMIT $1 FOR UPDATE SKIP LOCKED)
   RETURNING kid`,
);

/** A key that is to be stored. */
export interface NewKey {
  kid: string;
  use: KeyUse;
  algorithm: string;
  publicJwk: JWK;
  privateKeySealed: string;
  lifetime: number;
}

/** A stored key. */
export interface KeyRecord extends NewKey {
  createdAt: Date;
  activatesAt: Date;
  /** Null: no other key is known yet that takes over. */
  retiresAt: Date | null;
}

/** How a change of keys is done. */
export interface KeyChange {
  /** Makes a key of the algorithm, if one is needed. */
  make: (algorithm: string) => Promise<NewKey>;
  /** Can the key sign, or decrypt? */
  isUsable: (key: KeyRecord) => Promise<boolean>;
}

/** What a change of keys came to. */
export interface KeyChanged {
  /** The key that takes over, and when. */
  successor: { kid: string; algorithm: string; use: KeyUse; activatesAt: Date };
  /** Was it made just now? */
  created: boolean;
  /** The keys that it takes over from, at the same moment. */
  retired: string[];
}

interface KeyRow {
  kid: string;
  use: KeyUse;
  algorithm: string;
  public_jwk: JWK;
  private_key_sealed: string;
  created_at: Date;
  activates_at: Date;
  retires_at: Date | null;
  lifetime: number;
}

@Injectable()
export class KeysRepository {
  constructor(private readonly database: Database) {}

  /** Every key that is not forgotten yet, and the database's time. */
  async findKept(): Promise<{ keys: KeyRecord[]; readAt: Date }> {
    const rows = await this.database.query<KeyRow & { read_at: Date }>(FIND_KEPT, []);
    return { keys: rows.map(keyRecord), readAt: rows[0]?.read_at ?? new Date() };
  }

  /** Stores keys of algorithms that have none; the others are left out. @returns what was stored */
  async create(keys: readonly NewKey[]): Promise<KeyChanged[]> {
    return this.database.transaction(async (tx) => {
      const now = await timeOf(tx);
      const stored: KeyChanged[] = [];
      for (const key of keys) if (await insert(tx, key, now)) stored.push(changedTo(key, now, [], true));
      return stored;
    });
  }

  /**
   * Publishes a successor that takes over after `ahead` seconds; at once when the present key is of no use. One that is
   * published already is the successor: it takes over at its time, or at once when `ahead` is 0.
   */
  async replace(algorithm: string, ahead: number, change: KeyChange): Promise<KeyChanged> {
    return this.database.transaction(async (tx) => {
      await tx.query(LOCK, [KEYS_LOCK]);
      const now = await timeOf(tx);
      const { current, next } = await this.live(tx, algorithm, now, change);
      if (next) return ahead > 0 ? unchanged(next) : takeOver(tx, next, now);
      return succeed(tx, await change.make(algorithm), now, current ? after(now, ahead) : now);
    });
  }

  /**
   * Publishes a successor of a key that has been in use for some time, if nobody else has.
   * @param age seconds that it must have been in use
   */
  async replaceAged(
    algorithm: string,
    { age, ahead }: { age: number; ahead: number },
    change: KeyChange,
  ): Promise<KeyChanged | undefined> {
    return this.database.transaction(async (tx) => {
      await tx.query(LOCK, [KEYS_LOCK]);
      const now = await timeOf(tx);
      const { current, next } = await this.live(tx, algorithm, now, change);
      if (!current || next || after(current.activatesAt, age) > now) return undefined;
      return succeed(tx, await change.make(algorithm), now, after(now, ahead));
    });
  }

  /**
   * Forgets a key. When it was the one in use, the next one takes over at once.
   * @returns undefined when there is no such key
   */
  async drop(kid: string, change: KeyChange): Promise<{ dropped: KeyRecord; changed?: KeyChanged } | undefined> {
    return this.database.transaction(async (tx) => {
      await tx.query(LOCK, [KEYS_LOCK]);
      const now = await timeOf(tx);
      const [row] = await tx.query<KeyRow>(DELETE, [kid]);
      if (!row) return undefined;
      const dropped = keyRecord(row);
      const { algorithm, retiresAt } = dropped;
      if (retiresAt && retiresAt <= now) return { dropped };
      const { current, next } = await this.live(tx, algorithm, now, change);
      if (current) {
        if (!next) await tx.query(KEEP_ON, [current.kid]);
        return { dropped };
      }
      const changed = next ? await takeOver(tx, next, now) : await succeed(tx, await change.make(algorithm), now, now);
      return { dropped, changed };
    });
  }

  /** Something that the key signed lives longer than what it signed before. */
  async prolong(kid: string, lifetime: number): Promise<void> {
    await this.database.query(PROLONG, [kid, lifetime]);
  }

  /** Removes keys by which nothing can be verified any more that is still valid. @returns how many */
  async removeExpired(limit: number): Promise<number> {
    return (await this.database.query(REMOVE_EXPIRED, [limit])).length;
  }

  /** The key in use and the one that follows it, as far as they are of use. */
  private async live(
    tx: Transaction,
    algorithm: string,
    now: Date,
    { isUsable }: KeyChange,
  ): Promise<{ current?: KeyRecord; next?: KeyRecord }> {
    const live: { current?: KeyRecord; next?: KeyRecord } = {};
    for (const row of await tx.query<KeyRow>(FIND_LIVE, [algorithm, now])) {
      const key = keyRecord(row);
      if (await isUsable(key)) live[key.activatesAt > now ? 'next' : 'current'] = key;
    }
    return live;
  }
}

/** A new key takes over from all others at that time. */
async function succeed(tx: Transaction, key: NewKey, now: Date, activatesAt: Date): Promise<KeyChanged> {
  const retired = await tx.query<{ kid: string }>(RETIRE, [key.algorithm, now, activatesAt, key.kid]);
  await insert(tx, key, activatesAt);
  return changedTo(key, activatesAt, retired, true);
}

/** The next key takes over before its time. */
async function takeOver(tx: Transaction, next: KeyRecord, now: Date): Promise<KeyChanged> {
  const retired = await tx.query<{ kid: string }>(RETIRE, [next.algorithm, now, now, next.kid]);
  await tx.query(ACTIVATE, [next.kid, now]);
  return changedTo(next, now, retired, false);
}

const unchanged = (next: KeyRecord): KeyChanged => changedTo(next, next.activatesAt, [], false);

function changedTo(
  { kid, algorithm, use }: NewKey,
  activatesAt: Date,
  retired: readonly { kid: string }[],
  created: boolean,
): KeyChanged {
  return { successor: { kid, algorithm, use, activatesAt }, retired: retired.map((one) => one.kid), created };
}

async function insert(tx: Transaction, key: NewKey, activatesAt: Date): Promise<boolean> {
  const { kid, use, algorithm, publicJwk, privateKeySealed, lifetime } = key;
  const values = [kid, use, algorithm, publicJwk, privateKeySealed, lifetime, activatesAt];
  return (await tx.query(INSERT, values)).length > 0;
}

async function timeOf(tx: Transaction): Promise<Date> {
  return (await tx.query<{ now: Date }>(NOW, []))[0].now;
}

const after = (time: Date, seconds: number): Date => new Date(time.getTime() + seconds * 1000);

function keyRecord(row: KeyRow): KeyRecord {
  return {
    kid: row.kid,
    use: row.use,
    algorithm: row.algorithm,
    publicJwk: row.public_jwk,
    privateKeySealed: row.private_key_sealed,
    createdAt: row.created_at,
    activatesAt: row.activates_at,
    retiresAt: row.retires_at,
    lifetime: row.lifetime,
  };
}
