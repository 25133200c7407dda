// Tokens for a user who is known without a browser: by a password, an assertion, or an administrator's word.
// @see RFC 6749 §4.3 https://www.rfc-editor.org/rfc/rfc6749#section-4.3
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.js';
import { InvalidGrantError } from '../common/oauth-error.js';
import { Database } from '../database/database.js';
import type { GrantDraft } from '../tokens/issuance.js';
import { TokenIssuer } from '../tokens/token-issuer.js';
import type { User } from '../users/user.js';
import { UsersService } from '../users/users.service.js';
import { checkAdministrationScope } from './checks/administration-scope.js';
import { ResourceIndicators } from './checks/resource-indicators.js';
import type { TokenResponse } from './grants/grant.js';
import { TokenPolicy } from './token-policy.js';
import { TokenResponder } from './token-response.js';

/** For whom, to whom, and why. */
export interface UserTokenRequest {
  client: Client;
  user: User;
  scope: readonly string[];
  /** Identifiers. */
  resources: readonly string[];
  grantType: string;
  /** How it was made sure who the user is; absent: nobody has signed in now. */
  amr?: readonly string[];
  /** May there be a refresh token, where the client is registered for it? @default true */
  refreshable?: boolean;
}

/**
 * Issues tokens for a user who is known without a browser: by the password grant, or by the word of an administrator.
 */
@Injectable()
export class UserTokens {
  constructor(
    private readonly issuer: TokenIssuer,
    private readonly resources: ResourceIndicators,
    private readonly policy: TokenPolicy,
    private readonly responder: TokenResponder,
    private readonly users: UsersService,
    private readonly database: Database,
  ) {}

  /**
   * Issues under a new grant.
   * @throws InvalidScopeError when the user may not have what is asked
   * @throws InvalidTargetError when the resources want two formats in one token
   * @throws InvalidGrantError when the account was changed or disabled at this moment
   */
  async issue(request: UserTokenRequest): Promise<TokenResponse> {
    const { client, user, scope, resources, grantType, amr, refreshable = true } = request;
    checkAdministrationScope(scope, user);
    // Asked before anything is written: two formats in one token are refused.
    await this.resources.formatFor(client, resources);
    const context = { clientId: client.id, grantType, userId: user.id, scope };
    const accessToken = await this.issuer.draftAccessToken(context, this.policy.accessTokenLifetime(client, grantType));
    const isRefreshed = refreshable && this.policy.issuesRefreshToken(client, scope);
    const refreshToken = isRefreshed
      ? await this.issuer.draftRefreshToken(context, this.policy.refreshTokenLifetime(client))
      : undefined;
    const draft: GrantDraft = {
      clientId: client.id,
      userId: user.id,
      scope,
      resources,
      authTime: amr && new Date(),
      amr,
      lifetime: this.policy.grantLifetime(client, grantType, scope, isRefreshed),
    };
    const grant = await this.database.transaction(async (tx) => {
      // An account that is disabled, or gets another password, at this very moment gets no token.
      if (!(await this.users.hold(tx, user))) throw new InvalidGrantError('The account has changed.');
      const created = await this.issuer.createGrant(draft, { accessToken, refreshToken }, { tx });
      if (!created) throw new InvalidGrantError('The client was deleted.');
      return created;
    });
    return this.responder.respond(client, grantType, grant, accessToken, refreshToken?.value);
  }
}
