// The SQL that issues: every token costs one round trip, everything that may happen once is one atomic statement.
// @see RFC 6749 §4.1.2, RFC 9700 §4.14 https://www.rfc-editor.org/rfc/rfc9700#section-4.14
import { Injectable } from '@nestjs/common';
import { arrayText, columns } from '../database/columns.js';
import { Database, type Statement, type Transaction } from '../database/database.js';
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
import { TokenOwners } from './token-owners.js';
import {
  CREATE,
  FIND_REFRESH,
  INSERT_ACCESS,
  PEEK_CODE,
  REDEEM,
  REPEAT,
  REVOKE_REUSED_CODE,
  ROTATE,
  STANDING,
} from './issuance.statements.js';

/** A grant with the access token that was just written under it, as a statement answers it. */
export interface IssuedRow {
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

/** A grant to create, with what is issued under it at once. */
interface Creation {
  draft: GrantDraft;
  code?: CodeDraft;
  accessToken?: AccessTokenDraft;
  refreshToken?: RefreshTokenDraft;
  ifConsented: boolean;
}

interface CodePresentation {
  key: Buffer;
  clientId: string;
  codeChallenge?: string;
  redirectUri?: string;
  redirectUriRegistered: boolean;
}

interface CodeRedemption {
  presented: CodePresentation;
  narrowing: Narrowing;
  accessToken: AccessTokenDraft;
  refreshToken?: RefreshTokenDraft;
}

interface Rotation {
  presented: { key: Buffer; clientId: string; salt: Buffer };
  narrowing: Narrowing;
  accessToken: AccessTokenDraft;
  successor: RefreshTokenDraft;
}

/** A row of a gathered statement. */
interface Positioned {
  /** Of the item that it answers, counted from 1. */
  position: number;
}

@Injectable()
export class IssuanceRepository {
  private readonly createGathered = gather((items: Creation[]) => this.createAll(items));
  private readonly insertGathered = gather((items: AccessInsertion[]) => this.insertAll(items));
  private readonly redeemGathered = gather((items: CodeRedemption[]) => this.redeemAll(items));
  private readonly rotateGathered = gather((items: Rotation[]) => this.rotateAll(items));

  constructor(
    private readonly database: Database,
    private readonly owners: TokenOwners,
  ) {}

  /**
   * Creates a grant with what is issued under it at once.
   * @param ifConsented only when a remembered consent of the user covers scope and resources
   * @returns undefined when it needed consent and there is none, or the session that it is held to has ended, or the
   *   client or the user was deleted at this moment
   */
  async createGrant(
    draft: GrantDraft,
    parts: { code?: CodeDraft; accessToken?: AccessTokenDraft; refreshToken?: RefreshTokenDraft },
    { ifConsented = false, tx }: { ifConsented?: boolean; tx?: Transaction } = {},
  ): Promise<IssuedGrant | undefined> {
    const creation = { draft, ...parts, ifConsented };
    return tx ? (await this.createAll([creation], tx))[0] : this.createGathered(creation);
  }

  /**
   * The one live grant that a client has for itself with this scope and these resources; created when there is none.
   * @returns undefined when the client was deleted at this moment
   */
  async standingGrant(draft: GrantDraft, standingKey: Buffer): Promise<string | undefined> {
    const values = [draft.clientId, draft.scope.join(' '), orNull(draft.resources), standingKey, draft.lifetime];
    const [row] = await this.database.query<{ id: string }>(
      this.owners.clientsElsewhere ? STANDING.hostClients : STANDING.own,
      values,
    );
    return row?.id;
  }

  /** @returns when the token expires; undefined when the grant was revoked or removed meanwhile */
  insertAccessToken(grantId: string, draft: AccessTokenDraft): Promise<Date | undefined> {
    return this.insertGathered({ grantId, draft });
  }

  /** Consumes the code, and issues in the same statement if everything fits. */
  redeemCode(
    presented: CodePresentation,
    narrowing: Narrowing,
    accessToken: AccessTokenDraft,
    refreshToken?: RefreshTokenDraft,
  ): Promise<Redemption> {
    return this.redeemGathered({ presented, narrowing, accessToken, refreshToken });
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
  rotate(
    presented: { key: Buffer; clientId: string; salt: Buffer },
    narrowing: Narrowing,
    accessToken: AccessTokenDraft,
    successor: RefreshTokenDraft,
  ): Promise<IssuedGrant | undefined> {
    return this.rotateGathered({ presented, narrowing, accessToken, successor });
  }

  /** Issues an access token beside an unused successor. @returns undefined when the successor was used or has ended */
  async repeatRefresh(
    successorKey: Buffer,
    clientId: string,
    narrowing: Narrowing,
    accessToken: AccessTokenDraft,
  ): Promise<IssuedGrant | undefined> {
    const { scope, resources, resourceScopes } = narrowing;
    const narrowed = [scope ?? null, resources ?? null, resourceScopes ?? null];
    const values = [successorKey, clientId, ...narrowed, accessToken.key, accessToken.lifetime];
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

  private async createAll(
    items: Creation[],
    on: Database | Transaction = this.database,
  ): Promise<(IssuedGrant | undefined)[]> {
    const values = columns(items, ({ draft, code, accessToken, refreshToken, ifConsented }) => [
      ifConsented,
      draft.clientId,
      draft.userId,
      draft.scope.join(' '),
      arrayText(orNull(draft.resources)),
      draft.sessionId,
      draft.authTime,
      arrayText(draft.amr),
      draft.lifetime,
      code?.key,
      code?.redirectUri,
      code?.codeChallenge,
      code?.nonce,
      code?.lifetime,
      accessToken?.key,
      accessToken?.lifetime,
      refreshToken?.key,
      refreshToken?.lifetime,
      draft.sessionBound ?? false,
      draft.claims && JSON.stringify(draft.claims),
      draft.consentScope?.join(' '),
      draft.heldSessionId,
    ]);
    const rows = await on.query<Positioned & { grant_id: string; expires_at: Date }>(this.creation, values);
    return byPosition(items, rows, ({ draft }, row) => row && createdGrant(draft, row.grant_id, row.expires_at));
  }

  private get creation(): Statement {
    const { usersElsewhere, clientsElsewhere } = this.owners;
    if (usersElsewhere) return clientsElsewhere ? CREATE.host : CREATE.hostUsers;
    return clientsElsewhere ? CREATE.hostClients : CREATE.own;
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

  private redeemAll(items: CodeRedemption[]): Promise<Redemption[]> {
    return inOrderOfKeys(items, async (sorted) => {
      const values = columns(sorted, ({ presented, narrowing, accessToken, refreshToken }) => [
        presented.key,
        presented.clientId,
        presented.codeChallenge,
        presented.redirectUri,
        presented.redirectUriRegistered,
        ...narrowedTexts(narrowing),
        accessToken.key,
        accessToken.lifetime,
        refreshToken?.key,
        refreshToken?.lifetime,
      ]);
      const rows = await this.database.query<Positioned & RedeemedRow>(REDEEM, values);
      return byPosition(sorted, rows, (_item, row) => redemptionOf(row));
    });
  }

  private rotateAll(items: Rotation[]): Promise<(IssuedGrant | undefined)[]> {
    return inOrderOfKeys(items, async (sorted) => {
      const values = columns(sorted, ({ presented, narrowing, accessToken, successor }) => [
        presented.key,
        presented.clientId,
        presented.salt,
        successor.key,
        successor.lifetime,
        ...narrowedTexts(narrowing),
        accessToken.key,
        accessToken.lifetime,
      ]);
      const rows = await this.database.query<Positioned & IssuedRow>(ROTATE, values);
      return byPosition(sorted, rows, (_item, row) => row && issuedGrant(row));
    });
  }
}

/** One output per item, from the row that answers it, if there is one. */
function byPosition<I, R extends Positioned, O>(
  items: readonly I[],
  rows: readonly R[],
  output: (item: I, row: R | undefined) => O,
): O[] {
  const answers: (R | undefined)[] = [];
  for (const row of rows) answers[row.position - 1] = row;
  return items.map((item, index) => output(item, answers[index]));
}

/** Has every batch lock its rows in one order: two that have the same ones, on two instances, do not block each other. */
async function inOrderOfKeys<I extends { presented: { key: Buffer } }, O>(
  items: readonly I[],
  run: (sorted: I[]) => Promise<O[]>,
): Promise<O[]> {
  if (items.length === 1) return run([...items]);
  const order = items.map((item, index) => ({ item, index }));
  order.sort((a, b) => a.item.presented.key.compare(b.item.presented.key));
  const outputs = await run(order.map(({ item }) => item));
  const restored: O[] = [];
  order.forEach(({ index }, position) => (restored[index] = outputs[position]));
  return restored;
}

function narrowedTexts({ scope, resources, resourceScopes }: Narrowing): (string | null)[] {
  return [arrayText(scope), arrayText(resources), arrayText(resourceScopes)];
}

function redemptionOf(row: RedeemedRow | undefined): Redemption {
  if (!row) return { outcome: 'unknown' };
  if (!row.allowed) {
    return { outcome: 'refused', challengeMatches: row.challenge_matches, resourcesMatch: row.resources_match };
  }
  return { outcome: 'issued', grant: issuedGrant(row), nonce: row.nonce, refreshable: row.refreshable };
}

function createdGrant(draft: GrantDraft, grantId: string, expiresAt: Date): IssuedGrant {
  return {
    grantId,
    clientId: draft.clientId,
    userId: draft.userId,
    scope: [...draft.scope],
    resources: [...draft.resources],
    authTime: draft.authTime ?? null,
    amr: draft.amr ? [...draft.amr] : null,
    sessionId: draft.sessionId ?? null,
    claims: draft.claims ?? null,
    expiresAt,
  };
}

export function orNull(values: readonly string[]): readonly string[] | null {
  return values.length > 0 ? values : null;
}

export function issuedGrant(row: IssuedRow): IssuedGrant {
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
