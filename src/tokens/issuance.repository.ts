// The SQL that issues: every token costs one round trip, everything that may happen once is one atomic statement.
// @see RFC 6749 §4.1.2, RFC 9700 §4.14 https://www.rfc-editor.org/rfc/rfc9700#section-4.14
import { Injectable } from '@nestjs/common';
import { Database, statement, type Transaction } from '../database/database.js';
import { gather } from '../database/gather.js';
import type {
  AccessTokenDraft,
  CodeDraft,
  GrantDraft,
  IssuedGrant,
  Narrowing,
  RefreshTokenDraft,
  Redemption,
  RefreshTokenRecord,
} from './issuance.js';

const CREATE = statement(
  'grant.create',
  `WITH consented AS (
     SELECT WHERE NOT $1 OR EXISTS (
       SELECT FROM consents WHERE user_id = $3 AND client_id = $2 AND scopes @> string_to_array(coalesce($21, $4), ' ') AND resources @> coalesce($5::text[], '{}'))
   ), g AS (
     INSERT INTO grants (client_id, user_id, scope, resources, session_id, session_bound, auth_time, amr, claims, expires_at)
     SELECT $2, $3, $4, $5::text[], $6, $19, $7, $8::text[], $20::jsonb, now() + make_interval(secs => $9) FROM consented
     RETURNING id
   ), code AS (
     INSERT INTO authorization_codes (code_key, grant_id, client_id, redirect_uri, code_challenge, nonce, expires_at)
     SELECT $10, id, $2, $11, $12, $13, now() + make_interval(secs => $14) FROM g WHERE $10::bytea IS NOT NULL
   ), access AS (
     INSERT INTO access_tokens (grant_id, expires_at, lifetime, token_key)
     SELECT id, now() + make_interval(secs => $16), $16, $15 FROM g WHERE $15::bytea IS NOT NULL
   ), refresh AS (
     INSERT INTO refresh_tokens (grant_id, expires_at, token_key)
     SELECT id, now() + make_interval(secs => least($18::double precision, $9)), $17 FROM g WHERE $17::bytea IS NOT NULL
   )
   SELECT id AS grant_id, now() + make_interval(secs => $16) AS expires_at FROM g`,
);

const STANDING = statement(
  'grant.standing',
  `INSERT INTO grants (client_id, scope, resources, standing_key, expires_at)
   VALUES ($1, $2, $3::text[], $4, now() + make_interval(secs => $5))
   ON CONFLICT (client_id, standing_key) WHERE standing_key IS NOT NULL AND revoked_at IS NULL
   DO UPDATE SET expires_at = greatest(grants.expires_at, excluded.expires_at)
   RETURNING id`,
);

const INSERT_ACCESS = statement(
  'access_token.insert',
  `INSERT INTO access_tokens (grant_id, expires_at, lifetime, token_key)
   SELECT g.id, now() + make_interval(secs => i.lifetime), i.lifetime, i.token_key
   FROM unnest($1::bigint[], $2::integer[], $3::bytea[]) AS i (grant_id, lifetime, token_key)
   JOIN grants g ON g.id = i.grant_id AND g.revoked_at IS NULL
   RETURNING token_key, expires_at`,
);

/** The scope of an access token whose request narrows that of its grant; null stands for all of it. */
const narrowedScope = (scope: string, resourceScopes: string): string =>
  `CASE WHEN ${scope}::text[] IS NOT NULL THEN array_to_string(${scope}::text[], ' ')
    WHEN ${resourceScopes}::text[] IS NOT NULL THEN (
      SELECT coalesce(string_agg(value, ' '), '') FROM unnest(string_to_array(scope, ' ')) AS value
      WHERE value = ANY (${resourceScopes}::text[])) END`;

const REDEEM = statement(
  'authorization_code.redeem',
  `WITH consumed AS (
     UPDATE authorization_codes SET consumed_at = now()
     WHERE code_key = $1 AND client_id = $2 AND consumed_at IS NULL AND expires_at > now()
     RETURNING grant_id, redirect_uri, code_challenge, nonce
   ), allowed AS (
     SELECT g.*, c.nonce FROM consumed c JOIN grants g ON g.id = c.grant_id
     WHERE g.revoked_at IS NULL
       AND c.code_challenge IS NOT DISTINCT FROM $3
       AND CASE WHEN c.redirect_uri IS NULL THEN $4::text IS NULL OR $12 ELSE c.redirect_uri = $4 END
       AND ($5::text[] IS NULL OR $5::text[] <@ string_to_array(g.scope, ' '))
       AND ($6::text[] IS NULL OR $6::text[] <@ coalesce(g.resources, '{}'))
   ), access AS (
     INSERT INTO access_tokens (grant_id, expires_at, lifetime, token_key, scope, resources)
     SELECT id, now() + make_interval(secs => $9), $9, $8, ${narrowedScope('$5', '$7')}, $6::text[] FROM allowed
     RETURNING expires_at, scope
   ), refresh AS (
     INSERT INTO refresh_tokens (grant_id, expires_at, token_key)
     SELECT id, least(now() + make_interval(secs => $11), expires_at), $10
     FROM allowed WHERE $10::bytea IS NOT NULL AND NOT session_bound
     RETURNING token_key
   )
   SELECT c.grant_id, a.id IS NOT NULL AS allowed, c.code_challenge IS NOT DISTINCT FROM $3 AS challenge_matches,
     $6::text[] IS NULL OR $6::text[] <@ coalesce(g.resources, '{}') AS resources_match,
     a.client_id, a.user_id, coalesce(access.scope, a.scope, '') AS scope, coalesce($6::text[], a.resources, '{}') AS resources,
     a.auth_time, a.amr, a.session_id, a.claims, access.expires_at, a.nonce, refresh.token_key IS NOT NULL AS refreshable
   FROM consumed c LEFT JOIN grants g ON g.id = c.grant_id LEFT JOIN allowed a ON true LEFT JOIN access ON true LEFT JOIN refresh ON true`,
);

const PEEK_CODE = statement(
  'authorization_code.peek',
  `SELECT g.user_id, g.scope FROM authorization_codes c JOIN grants g ON g.id = c.grant_id WHERE c.code_key = $1 AND c.client_id = $2`,
);

const REVOKE_REUSED_CODE = statement(
  'authorization_code.revoke_reused',
  `UPDATE grants g SET revoked_at = coalesce(g.revoked_at, now()) FROM authorization_codes c
   WHERE c.code_key = $1 AND c.client_id = $2 AND c.consumed_at IS NOT NULL AND g.id = c.grant_id
   RETURNING g.id AS grant_id, g.user_id`,
);

// Of several resources only when they are named: whether they want one format is not for this statement to say.
const ROTATE = statement(
  'refresh_token.rotate',
  `WITH rotated AS (
     UPDATE refresh_tokens r SET rotated_at = now(), successor_salt = $3
     FROM grants g
     WHERE r.token_key = $1 AND r.rotated_at IS NULL AND r.expires_at > now()
       AND g.id = r.grant_id AND g.client_id = $2 AND g.revoked_at IS NULL AND g.expires_at > now()
       AND ($5::text[] IS NULL OR $5::text[] <@ string_to_array(g.scope, ' '))
       AND CASE WHEN $6::text[] IS NULL THEN coalesce(cardinality(g.resources), 0) < 2 ELSE $6::text[] <@ coalesce(g.resources, '{}') END
     RETURNING g.id, g.client_id, g.user_id, g.scope, g.resources, g.auth_time, g.amr, g.session_id, g.claims, g.expires_at
   ), successor AS (
     INSERT INTO refresh_tokens (grant_id, expires_at, token_key)
     SELECT id, least(now() + make_interval(secs => $10), expires_at), $4 FROM rotated
   ), access AS (
     INSERT INTO access_tokens (grant_id, expires_at, lifetime, token_key, scope, resources)
     SELECT id, now() + make_interval(secs => $9), $9, $8, ${narrowedScope('$5', '$7')}, $6::text[] FROM rotated
     RETURNING expires_at, scope
   )
   SELECT r.id AS grant_id, r.client_id, r.user_id, coalesce(access.scope, r.scope) AS scope,
     coalesce($6::text[], r.resources, '{}') AS resources, r.auth_time, r.amr, r.session_id, r.claims, access.expires_at
   FROM rotated r CROSS JOIN access`,
);

// The same answer again for a repeated refresh: an access token, while the successor is still unused.
const REPEAT = statement(
  'refresh_token.repeat',
  `WITH usable AS (
     SELECT g.* FROM refresh_tokens s JOIN grants g ON g.id = s.grant_id
     WHERE s.token_key = $1 AND s.rotated_at IS NULL AND s.expires_at > now()
       AND g.client_id = $2 AND g.revoked_at IS NULL AND g.expires_at > now()
   ), access AS (
     INSERT INTO access_tokens (grant_id, expires_at, lifetime, token_key, scope, resources)
     SELECT id, now() + make_interval(secs => $7), $7, $6, ${narrowedScope('$3', '$5')}, $4::text[] FROM usable
     RETURNING expires_at, scope
   )
   SELECT u.id AS grant_id, u.client_id, u.user_id, coalesce(access.scope, u.scope) AS scope,
     coalesce($4::text[], u.resources, '{}') AS resources, u.auth_time, u.amr, u.session_id, u.claims, access.expires_at
   FROM usable u CROSS JOIN access`,
);

const FIND_REFRESH = statement(
  'refresh_token.find',
  `SELECT r.grant_id, g.client_id, g.user_id, g.scope, coalesce(g.resources, '{}') AS resources, r.successor_salt, r.issued_at,
     least(r.expires_at, g.expires_at) AS expires_at,
     extract(epoch FROM now() - r.rotated_at)::double precision AS rotated_ago,
     g.revoked_at IS NULL AND r.expires_at > now() AND g.expires_at > now() AS live
   FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id WHERE r.token_key = $1`,
);

interface IssuedRow {
  grant_id: string;
  client_id: string;
  user_id: string | null;
  scope: string;
  resources: string[];
  auth_time: Date | null;
  amr: string[] | null;
  session_id: string | null;
  claims: object | null;
  expires_at: Date;
}

interface RedeemedRow extends IssuedRow {
  allowed: boolean;
  challenge_matches: boolean;
  resources_match: boolean;
  nonce: string | null;
  refreshable: boolean;
}

interface AccessInsertion {
  grantId: string;
  draft: AccessTokenDraft;
}

@Injectable()
export class IssuanceRepository {
  private readonly insertGathered = gather((items: AccessInsertion[]) => this.insertAll(items));

  constructor(private readonly database: Database) {}

  /**
   * Creates a grant with what is issued under it at once.
   * @param ifConsented only when a remembered consent of the user covers scope and resources
   * @returns undefined when it needed consent and there is none
   */
  async createGrant(
    draft: GrantDraft,
    parts: { code?: CodeDraft; accessToken?: AccessTokenDraft; refreshToken?: RefreshTokenDraft },
    options: { ifConsented?: boolean; tx?: Transaction } = {},
  ): Promise<IssuedGrant | undefined> {
    const { code, accessToken, refreshToken } = parts;
    const [row] = await (options.tx ?? this.database).query<{ grant_id: string; expires_at: Date }>(CREATE, [
      options.ifConsented ?? false,
      draft.clientId,
      draft.userId,
      draft.scope.join(' '),
      orNull(draft.resources),
      draft.sessionId ?? null,
      draft.authTime ?? null,
      draft.amr ?? null,
      draft.lifetime,
      code?.key ?? null,
      code?.redirectUri ?? null,
      code?.codeChallenge ?? null,
      code?.nonce ?? null,
      code?.lifetime ?? 0,
      accessToken?.key ?? null,
      accessToken?.lifetime ?? 0,
      refreshToken?.key ?? null,
      refreshToken?.lifetime ?? 0,
      draft.sessionBound ?? false,
      draft.claims ? JSON.stringify(draft.claims) : null,
      draft.consentScope?.join(' ') ?? null,
    ]);
    if (!row) return undefined;
    return {
      grantId: row.grant_id,
      clientId: draft.clientId,
      userId: draft.userId,
      scope: [...draft.scope],
      resources: [...draft.resources],
      authTime: draft.authTime ?? null,
      amr: draft.amr ? [...draft.amr] : null,
      sessionId: draft.sessionId ?? null,
      claims: draft.claims ?? null,
      expiresAt: row.expires_at,
    };
  }

  /** The one live grant that a client has for itself with this scope and these resources; created when there is none. */
  async standingGrant(draft: GrantDraft, standingKey: Buffer): Promise<string> {
    const values = [draft.clientId, draft.scope.join(' '), orNull(draft.resources), standingKey, draft.lifetime];
    const [row] = await this.database.query<{ id: string }>(STANDING, values);
    return row.id;
  }

  /** @returns when the token expires; undefined when the grant was revoked or removed meanwhile */
  insertAccessToken(grantId: string, draft: AccessTokenDraft): Promise<Date | undefined> {
    return this.insertGathered({ grantId, draft });
  }

  /** Consumes the code, and issues in the same statement if everything fits. */
  async redeemCode(
    presented: {
      key: Buffer;
      clientId: string;
      codeChallenge?: string;
      redirectUri?: string;
      redirectUriRegistered: boolean;
    },
    narrowing: Narrowing,
    accessToken: AccessTokenDraft,
    refreshToken?: RefreshTokenDraft,
  ): Promise<Redemption> {
    const [row] = await this.database.query<RedeemedRow>(REDEEM, [
      presented.key,
      presented.clientId,
      presented.codeChallenge ?? null,
      presented.redirectUri ?? null,
      narrowing.scope ?? null,
      narrowing.resources ?? null,
      narrowing.resourceScopes ?? null,
      accessToken.key,
      accessToken.lifetime,
      refreshToken?.key ?? null,
      refreshToken?.lifetime ?? 0,
      presented.redirectUriRegistered,
    ]);
    if (!row) return { outcome: 'unknown' };
    if (!row.allowed) {
      return { outcome: 'refused', challengeMatches: row.challenge_matches, resourcesMatch: row.resources_match };
    }
    return { outcome: 'issued', grant: issuedGrant(row), nonce: row.nonce, refreshable: row.refreshable };
  }

  /** Whose authorization the code carries, without consuming it: for generators of token text. */
  async peekCode(key: Buffer, clientId: string): Promise<{ userId: string; scope: string[] } | undefined> {
    const [row] = await this.database.query<{ user_id: string; scope: string }>(PEEK_CODE, [key, clientId]);
    return row && { userId: row.user_id, scope: row.scope.split(' ') };
  }

  /** Revokes the grant of a code that was used before. @returns undefined when the client has no such used code */
  async revokeReusedCode(key: Buffer, clientId: string): Promise<{ grantId: string; userId: string } | undefined> {
    const [row] = await this.database.query<{ grant_id: string; user_id: string }>(REVOKE_REUSED_CODE, [key, clientId]);
    return row && { grantId: row.grant_id, userId: row.user_id };
  }

  /** Rotates a refresh token: exactly one of any number of concurrent requests does. @returns undefined to all others */
  async rotate(
    presented: { key: Buffer; clientId: string; salt: Buffer },
    narrowing: Narrowing,
    accessToken: AccessTokenDraft,
    successor: RefreshTokenDraft,
  ): Promise<IssuedGrant | undefined> {
    const [row] = await this.database.query<IssuedRow>(ROTATE, [
      presented.key,
      presented.clientId,
      presented.salt,
      successor.key,
      ...narrowed(narrowing),
      accessToken.key,
      accessToken.lifetime,
      successor.lifetime,
    ]);
    return row && issuedGrant(row);
  }

  /** Issues an access token beside an unused successor. @returns undefined when the successor was used or has ended */
  async repeatRefresh(
    successorKey: Buffer,
    clientId: string,
    narrowing: Narrowing,
    accessToken: AccessTokenDraft,
  ): Promise<IssuedGrant | undefined> {
    const values = [successorKey, clientId, ...narrowed(narrowing), accessToken.key, accessToken.lifetime];
    const [row] = await this.database.query<IssuedRow>(REPEAT, values);
    return row && issuedGrant(row);
  }

  async findRefreshToken(key: Buffer): Promise<RefreshTokenRecord | undefined> {
    const [row] = await this.database.query<
      IssuedRow & { issued_at: Date; live: boolean; rotated_ago: number | null; successor_salt: Buffer | null }
    >(FIND_REFRESH, [key]);
    return (
      row && {
        grantId: row.grant_id,
        clientId: row.client_id,
        userId: row.user_id,
        scope: row.scope.split(' ').filter(Boolean),
        resources: row.resources,
        issuedAt: row.issued_at,
        expiresAt: row.expires_at,
        live: row.live,
        rotatedAgo: row.rotated_ago,
        successorSalt: row.successor_salt,
      }
    );
  }

  private async insertAll(items: AccessInsertion[]): Promise<(Date | undefined)[]> {
    const rows = await this.database.query<{ token_key: Buffer; expires_at: Date }>(INSERT_ACCESS, [
      items.map(({ grantId }) => grantId),
      items.map(({ draft }) => draft.lifetime),
      items.map(({ draft }) => draft.key),
    ]);
    if (rows.length === 1 && items.length === 1) return [rows[0]?.expires_at];
    const inserted = new Map(rows.map((row) => [row.token_key.toString('latin1'), row.expires_at]));
    return items.map(({ draft }) => inserted.get(draft.key.toString('latin1')));
  }
}

function narrowed(narrowing: Narrowing): unknown[] {
  return [narrowing.scope ?? null, narrowing.resources ?? null, narrowing.resourceScopes ?? null];
}

function orNull(values: readonly string[]): readonly string[] | null {
  return values.length > 0 ? values : null;
}

function issuedGrant(row: IssuedRow): IssuedGrant {
  return {
    grantId: row.grant_id,
    clientId: row.client_id,
    userId: row.user_id,
    scope: row.scope.split(' ').filter(Boolean),
    resources: row.resources,
    authTime: row.auth_time,
    amr: row.amr,
    sessionId: row.session_id,
    claims: row.claims,
    expiresAt: row.expires_at,
  };
}
