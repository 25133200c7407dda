// An initial access token as JSON, without what could be presented.
import { toSeconds } from '../api/seconds.js';
import type { InitialAccessToken } from './initial-access-tokens.js';

export function initialTokenToWire({ id, createdAt, expiresAt, uses, maxUses }: InitialAccessToken): object {
  return {
    id,
    created_at: toSeconds(createdAt),
    expires_at: toSeconds(expiresAt),
    uses,
    max_uses: maxUses ?? undefined,
  };
}
