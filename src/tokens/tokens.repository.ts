// The SQL that finds, lists, revokes and removes what was issued.
import { Injectable } from '@nestjs/common';
import { Database, statement, type Transaction } from '../database/database.js';
import { gather } from '../database/gather.js';
import type { AccessTokenRecord } from './issuance.js';

const FIND_ACCESS = statement(
  'access_token.find',
  `SELECT t.token_key, t.grant_id, t.lifetime, t.expires_at, coalesce(t.scope, g.scope) AS scope,
     coalesce(t.resources, g.resources, '{}') AS resources, g.client_id, g.user_id, g.auth_time, g.amr, g.session_id, g.claims
   FROM access_tokens t JOIN grants g ON g.id = t.grant_id
   WHERE t.token_key = ANY ($1::bytea[]) AND t.expires_at > now() AND g.revoked_at IS NULL`,
);

const LIST_CLIENTS_OF_SESSION = statement(
  'grant.list_clients_of_session',
  'SELECT client_id FROM grants WHERE session_id = $1 GROUP BY client_id ORDER BY max(id) DESC LIMIT 100',
);

const REVOKE_ACCESS = statement(
  'access_token.revoke',
  `DELETE FROM access_tokens t USING grants g WHERE t.token_key = $1 AND g.id = t.grant_id AND ($2::text IS NULL OR g.client_id = $2)
   RETURNING g.id AS grant_id, g.client_id, g.user_id`,
);

const REVOKE_BY_REFRESH = statement(
  'grant.revoke_by_refresh_token',
  `UPDATE grants g SET revoked_at = now() FROM refresh_tokens r
   WHERE r.token_key = $1 AND g.id = r.grant_id AND g.revoked_at IS NULL AND ($2::text IS NULL OR g.client_id = $2)
   RETURNING g.id AS grant_id, g.client_id, g.user_id`,
);

const OWNER = statement(
  'token.owner',
  `SELECT g.client_id FROM grants g WHERE g.id = (
     SELECT grant_id FROM access_tokens WHERE token_key = $1 UNION ALL SELECT grant_id FROM refresh_tokens WHERE token_key = $2 LIMIT 1)`,
);

const REVOKE_GRANT = statement(
  'grant.revoke',
  `UPDATE grants SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING id AS grant_id, client_id, user_id`,
);

const DELETE_OF_USER = statement('grant.delete_of_user', 'DELETE FROM grants WHERE user_id = $1');
const DELETE_OF_CLIENTS = statement('grant.delete_of_clients', 'DELETE FROM grants WHERE client_id = ANY ($1::text[])');

/** A grant that ended. */
export interface RevokedGrant {
  grantId: string;
  clientId: string;
  userId: string | null;
}

/** A grant as lists show it. */
export interface GrantSummary extends RevokedGrant {
  scope: string[];
  resources: string[];
  createdAt: Date;
  expiresAt: Date;
  accessTokens: number;
  refreshTokens: number;
}

/** A token as lists show it; the id names it and cannot be presented. */
export interface TokenSummary {
  id: string;
  kind: 'access_token' | 'refresh_token';
  grantId: string;
  clientId: string;
  userId: string | null;
  scope: string[];
  resources: string[];
  issuedAt: Date;
  expiresAt: Date;
}

export interface TokenFilter {
  userId?: string;
  clientId?: string;
  /** Position after which the page begins: what the previous page returned. */
  after?: string;
  limit: number;
}

interface AccessTokenRow {
  token_key: Buffer;
  grant_id: string;
  lifetime: number;
  expires_at: Date;
  scope: string;
  resources: string[];
  client_id: string;
  user_id: string | null;
  auth_time: Date | null;
  amr: string[] | null;
  session_id: string | null;
  claims: object | null;
}

interface RevokedRow {
  grant_id: string;
  client_id: string;
  user_id: string | null;
}

@Injectable()
export class TokensRepository {
  private readonly findGathered = gather((keys: Buffer[]) => this.findAll(keys));

  constructor(private readonly database: Database) {}

  /** An access token that has neither expired nor been revoked. */
  findAccessToken(key: Buffer): Promise<AccessTokenRecord | undefined> {
    return this.findGathered(key);
  }

  /** Ends one access token. @param clientId only if it is this client's; absent: whoever's */
  async revokeAccessToken(key: Buffer, clientId?: string): Promise<RevokedGrant | undefined> {
    return this.revokedOne(await this.database.query<RevokedRow>(REVOKE_ACCESS, [key, clientId ?? null]));
  }

  /** Ends the live grant of a refresh token. @param clientId only if it is this client's; absent: whoever's */
  async revokeByRefreshToken(key: Buffer, clientId?: string): Promise<RevokedGrant | undefined> {
    return this.revokedOne(await this.database.query<RevokedRow>(REVOKE_BY_REFRESH, [key, clientId ?? null]));
  }

  /** The client to which a token was issued, whatever its kind. */
  async findOwner(accessTokenKey: Buffer, refreshTokenKey: Buffer): Promise<string | undefined> {
    const [row] = await this.database.query<{ client_id: string }>(OWNER, [accessTokenKey, refreshTokenKey]);
    return row?.client_id;
  }

  /** @returns undefined when there is no such live grant */
  async revokeGrant(grantId: string): Promise<RevokedGrant | undefined> {
    return this.revokedOne(await this.database.query<RevokedRow>(REVOKE_GRANT, [grantId]));
  }

  /** Ends every live grant that the condition names. */
  async revokeWhere(
    tx: Transaction,
    by: {
      userId?: string;
      clientId?: string;
      sessionIds?: readonly string[];
      scopes?: readonly string[];
      resource?: string;
    },
  ): Promise<RevokedGrant[]> {
    const conditions: string[] = [];
    const values: unknown[] = [];
    const add = (text: string, value: unknown): void =>
      void conditions.push(text.replace('?', `$${values.push(value)}`));
    if (by.userId !== undefined) add('user_id = ?', by.userId);
    if (by.clientId !== undefined) add('client_id = ?', by.clientId);
    if (by.sessionIds !== undefined) add('session_bound AND session_id = ANY (?::uuid[])', by.sessionIds);
    if (by.scopes !== undefined) add("string_to_array(scope, ' ') && ?::text[]", by.scopes);
    if (by.resource !== undefined) add('? = ANY (resources)', by.resource);
    if (conditions.length === 0) throw new Error('revokeWhere needs a condition.');
    const text = `UPDATE grants SET revoked_at = now() WHERE ${conditions.join(' AND ')} AND revoked_at IS NULL RETURNING id AS grant_id, client_id, user_id`;
    const rows = await tx.query<RevokedRow>(statement(`grant.revoke_where:${Object.keys(by).join(',')}`, text), values);
    return rows.map(revokedGrant);
  }

  /** Removes every grant that the condition names; the clean-up removes what was issued under them. */
  async deleteWhere(tx: Transaction, by: { userId: string } | { clientIds: readonly string[] }): Promise<void> {
    if ('userId' in by) await tx.query(DELETE_OF_USER, [by.userId]);
    else await tx.query(DELETE_OF_CLIENTS, [by.clientIds]);
  }

  async listClientsOfSession(sessionId: string): Promise<string[]> {
    const rows = await this.database.query<{ client_id: string }>(LIST_CLIENTS_OF_SESSION, [sessionId]);
    return rows.map(({ client_id: clientId }) => clientId);
  }

  /** Live grants, newest first, with the number of their live tokens. */
  async listGrants(filter: TokenFilter): Promise<GrantSummary[]> {
    const where = conditionsOf(filter, filter.after);
    const rows = (await this.database.dataSource.query<unknown>(
      `SELECT g.id AS grant_id, g.client_id, g.user_id, g.scope, coalesce(g.resources, '{}') AS resources, g.created_at, g.expires_at,
         (SELECT count(*)::int FROM access_tokens t WHERE t.grant_id = g.id AND t.expires_at > now()) AS access_tokens,
         (SELECT count(*)::int FROM refresh_tokens r WHERE r.grant_id = g.id AND r.expires_at > now() AND r.rotated_at IS NULL) AS refresh_tokens
       FROM grants g
       WHERE g.revoked_at IS NULL ${where.of}${where.after('g.id <')}
         AND (EXISTS (SELECT FROM access_tokens t WHERE t.grant_id = g.id AND t.expires_at > now())
           OR EXISTS (SELECT FROM refresh_tokens r WHERE r.grant_id = g.id AND r.expires_at > now() AND r.rotated_at IS NULL))
       ORDER BY g.id DESC LIMIT $1`,
      where.values,
    )) as (RevokedRow & {
      scope: string;
      resources: string[];
      created_at: Date;
      expires_at: Date;
      access_tokens: number;
      refresh_tokens: number;
    })[];
    return rows.map((row) => ({
      ...revokedGrant(row),
      scope: row.scope.split(' ').filter(Boolean),
      resources: row.resources,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      accessTokens: row.access_tokens,
      refreshTokens: row.refresh_tokens,
    }));
  }

  /** Live access and refresh tokens, newest key first. */
  async listTokens(filter: TokenFilter): Promise<TokenSummary[]> {
    const where = conditionsOf(filter, filter.after && Buffer.from(filter.after, 'base64url'));
    const rows = (await this.database.dataSource.query<unknown>(
      `SELECT * FROM (
         SELECT t.token_key, 'access_token' AS kind, t.grant_id, g.client_id, g.user_id, coalesce(t.scope, g.scope) AS scope,
           coalesce(t.resources, g.resources, '{}') AS resources, t.expires_at - make_interval(secs => t.lifetime) AS issued_at, t.expires_at
         FROM grants g JOIN access_tokens t ON t.grant_id = g.id
         WHERE g.revoked_at IS NULL AND t.expires_at > now() ${where.of}${where.after('t.token_key <')}
         UNION ALL
         SELECT r.token_key, 'refresh_token', r.grant_id, g.client_id, g.user_id, g.scope,
           coalesce(g.resources, '{}'), r.issued_at, least(r.expires_at, g.expires_at)
         FROM grants g JOIN refresh_tokens r ON r.grant_id = g.id
         WHERE g.revoked_at IS NULL AND r.expires_at > now() AND g.expires_at > now() AND r.rotated_at IS NULL
           ${where.of}${where.after('r.token_key <')}
       ) tokens
       ORDER BY token_key DESC LIMIT $1`,
      where.values,
    )) as (AccessTokenRow & { kind: TokenSummary['kind']; issued_at: Date })[];
    return rows.map((row) => ({
      id: row.token_key.toString('base64url'),
      kind: row.kind,
      grantId: row.grant_id,
      clientId: row.client_id,
      userId: row.user_id,
      scope: row.scope.split(' ').filter(Boolean),
      resources: row.resources,
      issuedAt: row.issued_at,
      expiresAt: row.expires_at,
    }));
  }

  /** Removes a batch of what has expired; refresh tokens and codes stay as long as who comes back must be told why not. */
  async removeExpired(limit: number): Promise<number> {
    let removed = 0;
    for (const [table, key, condition] of EXPIRED) {
      const result = (await this.database.dataSource.query<unknown>(
        `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} o WHERE ${condition} LIMIT $1 FOR UPDATE SKIP LOCKED)`,
        [limit],
      )) as [unknown, number];
      removed += result[1];
    }
    return removed;
  }

  private async findAll(keys: Buffer[]): Promise<(AccessTokenRecord | undefined)[]> {
    const rows = await this.database.query<AccessTokenRow>(FIND_ACCESS, [keys]);
    if (keys.length === 1) return [rows[0] && accessTokenRecord(rows[0])];
    const found = new Map(rows.map((row) => [row.token_key.toString('latin1'), row]));
    return keys.map((key) => {
      const row = found.get(key.toString('latin1'));
      return row && accessTokenRecord(row);
    });
  }

  private revokedOne([row]: RevokedRow[]): RevokedGrant | undefined {
    return row && revokedGrant(row);
  }
}

/** Only the conditions that are asked for: a plan serves every value, so none may hide behind `$1 IS NULL OR`. */
function conditionsOf(
  { userId, clientId, limit }: TokenFilter,
  position: unknown,
): { of: string; after: (comparison: string) => string; values: unknown[] } {
  const values: unknown[] = [limit];
  const condition = (comparison: string, value: unknown): string =>
    value === undefined ? '' : ` AND ${comparison} $${values.push(value)}`;
  const of = condition('g.user_id =', userId) + condition('g.client_id =', clientId);
  const place = position === undefined ? undefined : `$${values.push(position)}`;
  return { of, after: (comparison) => (place === undefined ? '' : ` AND ${comparison} ${place}`), values };
}

/**
 * Table, key and condition of what the clean-up removes. A grant goes when nothing under it is alive, but for a client's
 * last one in a session that goes on: the client is told when the session ends.
 */
const EXPIRED = [
  ['access_tokens', 'token_key', 'o.expires_at < now()'],
  ['refresh_tokens', 'token_key', 'o.expires_at < now()'],
  ['authorization_codes', 'code_key', "o.expires_at < now() - interval '1 day'"],
  ['device_codes', 'code_key', "o.expires_at < now() - interval '1 hour'"],
  ['finished_interactions', 'id', 'o.expires_at < now()'],
  [
    'grants',
    'id',
    `o.expires_at < now() - interval '1 day' AND NOT EXISTS (SELECT FROM access_tokens t WHERE t.grant_id = o.id AND t.expires_at > now())
     AND (o.session_id IS NULL OR NOT EXISTS (SELECT FROM sessions s WHERE s.id = o.session_id)
       OR EXISTS (SELECT FROM grants n WHERE n.session_id = o.session_id AND n.client_id = o.client_id AND n.id > o.id))`,
  ],
] as const;

function revokedGrant(row: RevokedRow): RevokedGrant {
  return { grantId: row.grant_id, clientId: row.client_id, userId: row.user_id };
}

function accessTokenRecord(row: AccessTokenRow): AccessTokenRecord {
  return {
    key: row.token_key,
    grantId: row.grant_id,
    clientId: row.client_id,
    userId: row.user_id,
    scope: row.scope === '' ? [] : row.scope.split(' '),
    resources: row.resources,
    authTime: row.auth_time,
    amr: row.amr,
    sessionId: row.session_id,
    claims: row.claims,
    issuedAt: new Date(row.expires_at.getTime() - row.lifetime * 1000),
    expiresAt: row.expires_at,
  };
}
