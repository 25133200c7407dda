// Initial access tokens: administrators make them, and clients register with them.
// @see RFC 7591 §3 https://www.rfc-editor.org/rfc/rfc7591#section-3
import { Injectable } from '@nestjs/common';
import { credentialKey, generateCredential } from '../common/credential.js';
import { InputError } from '../common/input-error.js';
import type { Transaction } from '../database/database.js';
import { type InitialAccessToken, InitialAccessTokensRepository } from './initial-access-tokens.repository.js';

export type { InitialAccessToken } from './initial-access-tokens.repository.js';

/** Seconds. */
export const DEFAULT_INITIAL_TOKEN_LIFETIME = 30 * 86_400;
export const MAX_INITIAL_TOKEN_LIFETIME = 10 * 365 * 86_400;
export const MAX_INITIAL_TOKEN_USES = 1_000_000;

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

@Injectable()
export class InitialAccessTokens {
  constructor(private readonly repository: InitialAccessTokensRepository) {}

  /**
   * @returns the token, this one time
   * @throws InputError when the numbers are out of their range
   */
  async create({
    expiresIn = DEFAULT_INITIAL_TOKEN_LIFETIME,
    maxUses,
  }: { expiresIn?: number; maxUses?: number } = {}): Promise<InitialAccessToken & { token: string }> {
    refuse('expires_in', expiresIn, MAX_INITIAL_TOKEN_LIFETIME);
    if (maxUses !== undefined) refuse('max_uses', maxUses, MAX_INITIAL_TOKEN_USES);
    const token = generateCredential();
    return { ...(await this.repository.insert(credentialKey(token), maxUses ?? null, expiresIn)), token };
  }

  /** Could a client register with it now? */
  isUsable(token: string): Promise<boolean> {
    return this.repository.isUsable(credentialKey(token));
  }

  /** Takes one use of it. @returns its id; undefined when none is left */
  consume(tx: Transaction, token: string): Promise<string | undefined> {
    return this.repository.consume(tx, credentialKey(token));
  }

  /** Those that have not expired, oldest first. @throws InputError when there is no such position */
  async list(page: {
    after?: Pick<InitialAccessToken, 'id' | 'createdAt'>;
    limit: number;
  }): Promise<InitialAccessToken[]> {
    if (page.after && !UUID.test(page.after.id))
      throw new InputError([{ member: 'after', problem: 'is not a position in this list' }]);
    return this.repository.list(page.after, page.limit);
  }

  /** One that has not expired. */
  async find(id: string): Promise<InitialAccessToken | undefined> {
    return UUID.test(id) ? this.repository.find(id) : undefined;
  }

  /** Clients that registered with it stay. @returns false when there is no such token */
  async revoke(id: string): Promise<boolean> {
    return UUID.test(id) && this.repository.delete(id);
  }

  /** @returns how many; fewer than `limit` is all */
  removeExpired(limit: number): Promise<number> {
    return this.repository.removeExpired(limit);
  }
}

function refuse(member: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new InputError([{ member, problem: `must be a whole number from 1 to ${max}` }]);
}
