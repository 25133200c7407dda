// The SQL of device codes. A poll is one statement whatever comes of it; a code is decided once and redeemed once.
// @see RFC 8628 §3.5 https://www.rfc-editor.org/rfc/rfc8628#section-3.5
import { Injectable } from '@nestjs/common';
import { Database, statement, type Transaction } from '../database/database.js';
import type { AccessTokenDraft, IssuedGrant, Narrowing, RefreshTokenDraft } from './issuance.js';
import { issuedGrant, type IssuedRow, orNull } from './issuance.repository.js';
import { narrowedScope } from './issuance.statements.js';

/** Seconds by which a poll may come early: timers of devices are not exact. */
const TOLERANCE = 0.5;
/** RFC 8628 §3.5: the interval MUST be increased by 5 seconds for this and all subsequent requests. */
const SLOWER = 5;

const INSERT = statement(
  'device_code.insert',
  `INSERT INTO device_codes (code_key, user_code_key, client_id, scope, resources, nonce, poll_interval, expires_at)
   VALUES ($1, $2, $3, $4, $5::text[], $6, $7, now() + make_interval(secs => $8))
   ON CONFLICT (user_code_key) DO NOTHING RETURNING code_key`,
);

const PENDING = 'grant_id IS NULL AND denied_at IS NULL AND expires_at > now()';
const TOO_SOON = `coalesce(${PENDING} AND polled_at > now() - make_interval(secs => poll_interval - ${TOLERANCE}), false)`;

// A grant that is created at this moment may be out of sight although the code, once its row was free, names it already:
// then the user has not decided yet, and the next poll gets the tokens.
const POLL = statement(
  'device_code.poll',
  `WITH polled AS (
     UPDATE device_codes d SET polled_at = now(), slowed = ${TOO_SOON},
       poll_interval = poll_interval + CASE WHEN ${TOO_SOON} THEN ${SLOWER} ELSE 0 END,
       consumed_at = CASE WHEN $5::bytea IS NOT NULL AND expires_at > now()
         AND ($3::text[] IS NULL OR $3::text[] <@ coalesce(d.resources, '{}'))
         AND EXISTS (SELECT FROM grants g WHERE g.id = d.grant_id AND g.revoked_at IS NULL) THEN now() END
     WHERE code_key = $1 AND client_id = $2 AND consumed_at IS NULL
     RETURNING d.*
   ), granted AS (
     SELECT g.* FROM polled p JOIN grants g ON g.id = p.grant_id WHERE p.consumed_at IS NOT NULL
   ), access AS (
     INSERT INTO access_tokens (grant_id, expires_at, lifetime, token_key, scope, resources)
     SELECT id, now() + make_interval(secs => $6), $6, $5, ${narrowedScope('NULL', '$4::text[]')}, $3::text[] FROM granted
     RETURNING expires_at, scope
   ), refresh AS (
     INSERT INTO refresh_tokens (grant_id, expires_at, token_key)
     SELECT id, least(now() + make_interval(secs => $8), expires_at), $7 FROM granted WHERE $7::bytea IS NOT NULL AND NOT session_bound
   )
   SELECT p.expires_at <= now() AS expired, p.denied_at IS NOT NULL OR g.revoked_at IS NOT NULL AS denied, p.slowed,
     ($3::text[] <@ coalesce(p.resources, '{}')) IS FALSE AS resources_differ, p.consumed_at IS NOT NULL AS issued,
     g.id AS grant_id, p.client_id, g.user_id, coalesce(access.scope, g.scope) AS scope,
     coalesce($3::text[], g.resources, '{}') AS resources, g.auth_time, g.amr, g.session_id, g.claims, access.expires_at, p.nonce,
     $7::bytea IS NOT NULL AND NOT g.session_bound AS refreshable
   FROM polled p LEFT JOIN grants g ON g.id = p.grant_id LEFT JOIN access ON true`,
);

const PEEK = statement(
  'device_code.peek',
  `SELECT g.user_id, g.scope FROM device_codes d JOIN grants g ON g.id = d.grant_id
   WHERE d.code_key = $1 AND d.client_id = $2 AND d.consumed_at IS NULL`,
);

const FIND_PENDING = statement(
  'device_code.find_pending',
  `SELECT code_key, client_id, scope, coalesce(resources, '{}') AS resources FROM device_codes
   WHERE user_code_key = ANY ($1::bytea[]) AND ${PENDING}`,
);

const ALLOW = statement(
  'device_code.allow',
  `UPDATE device_codes SET grant_id = $2 WHERE code_key = $1 AND ${PENDING} RETURNING code_key`,
);
const DENY = statement(
  'device_code.deny',
  `UPDATE device_codes SET denied_at = now() WHERE code_key = $1 AND ${PENDING} RETURNING code_key`,
);

/** A device code before its row is written. */
export interface DeviceCodeDraft {
  key: Buffer;
  userCodeKey: Buffer;
  clientId: string;
  scope: readonly string[];
  /** Identifiers; empty: not bound to a resource. */
  resources: readonly string[];
  nonce?: string;
  /** Seconds that the device waits between two polls. */
  interval: number;
  /** Seconds. */
  lifetime: number;
}

/** What a device asks for, and nobody has decided on. */
export interface PendingDevice {
  key: Buffer;
  clientId: string;
  scope: string[];
  /** Identifiers. */
  resources: string[];
}

/** What comes of a poll (RFC 8628 §3.5). */
export type DevicePoll =
  | { outcome: 'issued'; grant: IssuedGrant; nonce: string | null; refreshable: boolean }
  /** `unknown`: also another client's, or redeemed before; `other_resources`: than those that were asked for at first. */
  | { outcome: 'pending' | 'slow_down' | 'denied' | 'expired' | 'other_resources' | 'unknown' };

interface PolledRow extends IssuedRow {
  expired: boolean;
  denied: boolean;
  slowed: boolean;
  resources_differ: boolean;
  issued: boolean;
  nonce: string | null;
  refreshable: boolean;
}

@Injectable()
export class DeviceCodesRepository {
  constructor(private readonly database: Database) {}

  /** @returns false when the user code is in use */
  async insert(draft: DeviceCodeDraft): Promise<boolean> {
    const { key, userCodeKey, clientId, scope, resources, nonce, interval, lifetime } = draft;
    const values = [key, userCodeKey, clientId, scope.join(' '), orNull(resources), nonce ?? null, interval, lifetime];
    return (await this.database.query(INSERT, values)).length > 0;
  }

  /**
   * Says how far the user is; when the user has allowed it, the code is consumed and the tokens are issued: to one of any number
   * of concurrent polls.
   * @param accessToken absent: nothing is issued now
   */
  async poll(
    key: Buffer,
    clientId: string,
    { resources, resourceScopes }: Narrowing,
    accessToken: AccessTokenDraft | undefined,
    refreshToken: RefreshTokenDraft | undefined,
  ): Promise<DevicePoll> {
    const [row] = await this.database.query<PolledRow>(POLL, [
      key,
      clientId,
      resources ?? null,
      resourceScopes ?? null,
      accessToken?.key ?? null,
      accessToken?.lifetime ?? null,
      refreshToken?.key ?? null,
      refreshToken?.lifetime ?? null,
    ]);
    if (!row) return { outcome: 'unknown' };
    if (row.issued)
      return { outcome: 'issued', grant: issuedGrant(row), nonce: row.nonce, refreshable: row.refreshable };
    if (row.expired) return { outcome: 'expired' };
    if (row.denied) return { outcome: 'denied' };
    if (row.resources_differ) return { outcome: 'other_resources' };
    return { outcome: row.slowed ? 'slow_down' : 'pending' };
  }

  /** Who allowed what, without consuming the code; undefined before somebody has. */
  async peek(key: Buffer, clientId: string): Promise<{ userId: string; scope: string[] } | undefined> {
    const [row] = await this.database.query<{ user_id: string; scope: string }>(PEEK, [key, clientId]);
    return row && { userId: row.user_id, scope: row.scope.split(' ') };
  }

  /** @param userCodeKeys of one user code, under each of the server's keys */
  async findPending(userCodeKeys: readonly Buffer[]): Promise<PendingDevice | undefined> {
    const [row, another] = await this.database.query<{
      code_key: Buffer;
      client_id: string;
      scope: string;
      resources: string[];
    }>(FIND_PENDING, [userCodeKeys]);
    // The same code given out under two keys: nobody can tell which of the two devices is meant.
    if (!row || another) return undefined;
    return {
      key: row.code_key,
      clientId: row.client_id,
      scope: row.scope.split(' ').filter(Boolean),
      resources: row.resources,
    };
  }

  /** @returns false when it was decided before, or has expired */
  async allow(tx: Transaction, key: Buffer, grantId: string): Promise<boolean> {
    return (await tx.query(ALLOW, [key, grantId])).length > 0;
  }

  /** @returns false when it was decided before, or has expired */
  async deny(key: Buffer): Promise<boolean> {
    return (await this.database.query(DENY, [key])).length > 0;
  }
}
