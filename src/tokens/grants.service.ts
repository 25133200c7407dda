// Grants: what a user allowed a client. Ending one ends every token under it with a single update.
// @see RFC 7009 §2.1 https://www.rfc-editor.org/rfc/rfc7009#section-2.1
import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../database/database.js';
import { EventBus } from '../events/event-bus.js';
import type { RevocationReason } from '../events/events.js';
import { type Consent, ConsentsRepository } from './consents.repository.js';
import {
  type GrantSummary,
  type RevokedGrant,
  type TokenFilter,
  type TokenSummary,
  TokensRepository,
} from './tokens.repository.js';

/** What a user allows a client at this moment. */
export interface NewConsent extends Pick<Consent, 'userId' | 'clientId'> {
  scopes: readonly string[];
  resources: readonly string[];
}

/** Grants: what a user allowed a client. Ending one ends every token under it. */
@Injectable()
export class GrantsService {
  constructor(
    private readonly tokens: TokensRepository,
    private readonly consents: ConsentsRepository,
    private readonly database: Database,
    private readonly events: EventBus,
  ) {}

  listGrants(filter: TokenFilter): Promise<GrantSummary[]> {
    return this.tokens.listGrants(filter);
  }

  listTokens(filter: TokenFilter): Promise<TokenSummary[]> {
    return this.tokens.listTokens(filter);
  }

  /** The clients that the user signed in to in a session. */
  listClientsOfSession(sessionId: string): Promise<string[]> {
    return this.tokens.listClientsOfSession(sessionId);
  }

  /** What the user allowed, newest first. */
  listConsents(userId: string): Promise<Consent[]> {
    return this.consents.listOf(userId);
  }

  /** Ends a grant with all its tokens. @returns false when there is no such live grant */
  async revoke(grantId: string, reason: RevocationReason): Promise<boolean> {
    return this.announceOne(await this.tokens.revokeGrant(grantId), reason);
  }

  /** Ends the token that a list named by this id: an access token alone, a refresh token with its grant. */
  async revokeToken(id: string, reason: RevocationReason): Promise<boolean> {
    const key = Buffer.from(id, 'base64url');
    const revoked = (await this.tokens.revokeAccessToken(key)) ?? (await this.tokens.revokeByRefreshToken(key));
    return this.announceOne(revoked, reason);
  }

  /** Ends all that a user allowed, to all clients or to one. */
  async revokeByUser(tx: Transaction, userId: string, reason: RevocationReason, clientId?: string): Promise<void> {
    await this.revokeWhere(tx, clientId === undefined ? { userId } : { userId, clientId }, reason);
  }

  /** Ends what a user allowed that carries one of the scopes. */
  async revokeByUserScopes(
    tx: Transaction,
    userId: string,
    scopes: readonly string[],
    reason: RevocationReason,
  ): Promise<void> {
    await this.revokeWhere(tx, { userId, scopes }, reason);
  }

  /** Ends all that a client was given, or what carries one of the scopes. */
  async revokeByClient(
    tx: Transaction,
    clientId: string,
    reason: RevocationReason,
    scopes?: readonly string[],
  ): Promise<void> {
    await this.revokeWhere(tx, scopes ? { clientId, scopes } : { clientId }, reason);
  }

  /** Ends what is bound to a resource. */
  async revokeByResource(tx: Transaction, resource: string, reason: RevocationReason): Promise<void> {
    await this.revokeWhere(tx, { resource }, reason);
  }

  /** Ends the grants that live only as long as these sessions. */
  async revokeBySession(tx: Transaction, sessionIds: readonly string[], reason: RevocationReason): Promise<void> {
    if (sessionIds.length > 0) await this.revokeWhere(tx, { sessionIds }, reason);
  }

  /** Removes what a user who is being deleted allowed, and what clients that are being deleted were given. */
  async deleteOf(tx: Transaction, owner: { userId: string } | { clientIds: readonly string[] }): Promise<void> {
    await this.consents.deleteWhere(tx, owner);
    await this.tokens.deleteWhere(tx, owner);
  }

  /** Ends an access token of the client's. @returns false when it has no such token */
  async revokeAccessToken(key: Buffer, clientId: string, reason: RevocationReason): Promise<boolean> {
    return this.announceOne(await this.tokens.revokeAccessToken(key, clientId), reason);
  }

  /** Ends the grant of a refresh token of the client's. @returns false when it has no such token */
  async revokeByRefreshToken(key: Buffer, clientId: string, reason: RevocationReason): Promise<boolean> {
    return this.announceOne(await this.tokens.revokeByRefreshToken(key, clientId), reason);
  }

  /** The client to which a token was issued, whatever its kind. */
  findOwner(accessTokenKey: Buffer, refreshTokenKey: Buffer): Promise<string | undefined> {
    return this.tokens.findOwner(accessTokenKey, refreshTokenKey);
  }

  /** Does a remembered consent cover it? */
  hasConsent(
    userId: string,
    clientId: string,
    scopes: readonly string[],
    resources: readonly string[],
  ): Promise<boolean> {
    return this.consents.covers(userId, clientId, scopes, resources);
  }

  /** Remembers what the user allowed. */
  recordConsent(tx: Transaction, consent: NewConsent): Promise<void> {
    return this.consents.remember(tx, consent.userId, consent.clientId, consent.scopes, consent.resources);
  }

  /**
   * Remembers what the user allowed in an interaction.
   * @returns false when the interaction was answered before
   */
  async rememberConsent(
    tx: Transaction,
    interaction: { id: string; lifetime: number },
    consent: NewConsent,
  ): Promise<boolean> {
    if (!(await this.finishInteraction(tx, interaction))) return false;
    await this.recordConsent(tx, consent);
    return true;
  }

  /** Marks an interaction as answered. @param interaction its lifetime in seconds @returns false when it was before */
  finishInteraction(tx: Transaction, interaction: { id: string; lifetime: number }): Promise<boolean> {
    return this.consents.finishInteraction(tx, interaction.id, interaction.lifetime);
  }

  isInteractionFinished(id: string): Promise<boolean> {
    return this.consents.isFinished(id);
  }

  /** Forgets the consent and ends every grant of the user to the client. */
  async withdrawConsent(userId: string, clientId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.consents.forget(tx, userId, clientId);
      await this.revokeByUser(tx, userId, 'consent_withdrawn', clientId);
      tx.afterCommit(() => this.events.emit('consent.withdrawn', { userId, clientId }));
    });
  }

  private async revokeWhere(
    tx: Transaction,
    by: Parameters<TokensRepository['revokeWhere']>[1],
    reason: RevocationReason,
  ): Promise<void> {
    const revoked = await this.tokens.revokeWhere(tx, by);
    tx.afterCommit(() => this.announce(revoked, reason));
  }

  private announceOne(revoked: RevokedGrant | undefined, reason: RevocationReason): boolean {
    if (revoked) this.announce([revoked], reason);
    return revoked !== undefined;
  }

  private announce(revoked: readonly RevokedGrant[], reason: RevocationReason): void {
    for (const { grantId, clientId, userId } of revoked) {
      this.events.emit('token.revoked', { grantId, clientId, userId: userId ?? undefined, reason });
    }
  }
}
