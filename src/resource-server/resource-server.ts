// For code that wants no decorator: the token of the request, checked for a scope.
import { Injectable } from '@nestjs/common';
import { satisfiesScope, type ScopeRequirement } from '../common/scope.js';
import { insufficientScope, invalidToken, tokenMissing, userMissing } from './bearer-challenge.js';
import { type BearerRequest, readBearerToken } from './bearer-request.js';
import { BearerStrategy } from './bearer.strategy.js';
import { currentToken } from './current-token.js';
import type { AccessToken } from './token-verifier.js';

@Injectable()
export class ResourceServer {
  constructor(private readonly strategy: BearerStrategy) {}

  /**
   * The token of the guarded request at hand, when it carries the scope.
   * @throws BearerError 401 without a token, 403 without the scope
   * @example const token = this.resourceServer.acquire('posts:write');
   */
  acquire(scopes?: ScopeRequirement): AccessToken {
    const token = currentToken();
    if (!token) throw tokenMissing(this.strategy.realm);
    return this.checkScope(token, scopes);
  }

  /**
   * The token of the guarded request at hand, when it belongs to a user.
   * @throws BearerError 401 without a token, 403 when the client acts for itself
   * @example const { userId } = this.resourceServer.acquireUser();
   */
  acquireUser(): AccessToken & { userId: string } {
    const token = this.acquire();
    if (token.userId === undefined) throw userMissing(this.strategy.realm);
    return token as AccessToken & { userId: string };
  }

  /**
   * The token of a request whose handler has no decorator.
   * @throws BearerError as a guard does: 400, 401 or 403
   * @example const token = await this.resourceServer.acquireFrom(request, 'posts:write');
   */
  async acquireFrom(request: BearerRequest, scopes?: ScopeRequirement): Promise<AccessToken> {
    const token = readBearerToken(request, this.strategy.realm);
    if (token === undefined) throw tokenMissing(this.strategy.realm);
    return this.acquireToken(token, scopes);
  }

  /**
   * Verifies a token that came another way than a guard.
   * @throws BearerError 401 when it is not valid, 403 without the scope
   */
  async acquireToken(token: string, scopes?: ScopeRequirement): Promise<AccessToken> {
    const verified = await this.strategy.verify(token);
    if (!verified) throw invalidToken(this.strategy.realm);
    return this.checkScope(verified, scopes);
  }

  private checkScope(token: AccessToken, scopes?: ScopeRequirement): AccessToken {
    if (satisfiesScope(token.scope, scopes)) return token;
    throw insufficientScope(this.strategy.realm, scopes);
  }
}
