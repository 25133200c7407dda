// Tokens and grants as JSON. Their ids name them and cannot be presented as credentials.
import { toSeconds } from '../api/seconds.js';
import { InputError } from '../common/input-error.js';
import type { GrantSummary, TokenFilter, TokenSummary } from './tokens.repository.js';
import type { TokenListQuery } from './tokens.dto.js';

export function tokenToWire(token: TokenSummary): object {
  return {
    id: token.id,
    type: token.kind,
    grant_id: token.grantId,
    client_id: token.clientId,
    user_id: token.userId ?? undefined,
    scope: token.scope.join(' '),
    resources: token.resources,
    issued_at: toSeconds(token.issuedAt),
    expires_at: toSeconds(token.expiresAt),
  };
}

export function grantToWire(grant: GrantSummary): object {
  return {
    id: grant.grantId,
    client_id: grant.clientId,
    user_id: grant.userId ?? undefined,
    scope: grant.scope.join(' '),
    resources: grant.resources,
    created_at: toSeconds(grant.createdAt),
    expires_at: toSeconds(grant.expiresAt),
    access_tokens: grant.accessTokens,
    refresh_tokens: grant.refreshTokens,
  };
}

/** @throws InputError when everybody's are asked for */
export function readOwner({ user_id, client_id }: TokenListQuery): Pick<TokenFilter, 'userId' | 'clientId'> {
  if (user_id === undefined && client_id === undefined)
    throw new InputError([{ member: 'user_id', problem: 'or client_id must be given' }]);
  return { userId: user_id, clientId: client_id };
}
