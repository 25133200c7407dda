// For code that wants no decorator: the token of the request, checked for a scope.
import { Inject, Injectable } from '@nestjs/common';
import { satisfiesScope, type ScopeRequirement } from '../common/scope.js';
import {
  insufficientScope,
  invalidToken,
  type ProtectionSpace,
  tokenMissing,
  userMissing,
} from './bearer-challenge.js';
import { type BearerRequest, readBearerToken } from './bearer-request.js';
import { BearerStrategy } from './bearer.strategy.js';
import { admittedFrom, currentlyAdmitted } from './current-token.js';
import { ProtectedResources } from './protected-resources.js';
import { type CheckedOptions, RESOURCE_SERVER_OPTIONS } from './checked-options.js';
import type { AccessToken } from './token-verifier.js';

/**
 * The guards' checks, for code that calls them itself.
 *
 * @example constructor(private readonly resourceServer: ResourceServer) {}
 */
@Injectable()
export class ResourceServer {
  /** Of requests that passed no guard. */
  private readonly space: ProtectionSpace;

  constructor(
    private readonly strategy: BearerStrategy,
    resources: ProtectedResources,
    @Inject(RESOURCE_SERVER_OPTIONS) private readonly options: CheckedOptions,
  ) {
    this.space = resources.spaceOf(resources.resourceOf({}));
  }

  /**
   * The token of the guarded request at hand, when it carries the scope.
   * @throws BearerError 401 without a token, 403 without the scope
   * @throws Error when the option `callChain` is off
   * @example const token = this.resourceServer.acquire('posts:write');
   */
  acquire(scopes?: ScopeRequirement): AccessToken {
    if (this.options.callChain === false)
      throw new Error('acquire() knows no request while the option callChain is off: take acquireFrom(request).');
    const admitted = currentlyAdmitted();
    if (!admitted) throw tokenMissing(this.space, scopes);
    return checkScope(admitted.token, scopes, admitted.space);
  }

  /**
   * The token, when it belongs to a user.
   * @param token as `@CurrentToken()` has it; absent: that of the guarded request at hand
   * @throws BearerError 401 without a token, 403 when the client acts for itself
   * @throws Error when no token is given and the option `callChain` is off
   * @example const { userId } = this.resourceServer.acquireUser();
   */
  acquireUser(token: AccessToken = this.acquire()): AccessToken & { userId: string } {
    if (token.userId === undefined) throw userMissing(currentlyAdmitted()?.space ?? this.space);
    return token as AccessToken & { userId: string };
  }

  /**
   * The token of a request, whether a guard has seen it or not.
   * @throws BearerError as a guard does: 400, 401 or 403
   * @example const token = await this.resourceServer.acquireFrom(request, 'posts:write');
   */
  async acquireFrom(request: BearerRequest, scopes?: ScopeRequirement): Promise<AccessToken> {
    const admitted = admittedFrom(request);
    if (admitted) return checkScope(admitted.token, scopes, admitted.space);
    const token = readBearerToken(request, this.space);
    if (token === undefined) throw tokenMissing(this.space, scopes);
    return this.acquireToken(token, scopes);
  }

  /**
   * Verifies a token that came another way than a guard.
   * @throws BearerError 401 when it is not valid, 403 without the scope
   * @example const token = await this.resourceServer.acquireToken(message.token, 'posts:write');
   */
  async acquireToken(token: string, scopes?: ScopeRequirement): Promise<AccessToken> {
    const verified = await this.strategy.verify(token);
    if (!verified) throw invalidToken(this.space);
    return checkScope(verified, scopes, this.space);
  }
}

function checkScope(token: AccessToken, scopes: ScopeRequirement | undefined, space: ProtectionSpace): AccessToken {
  if (satisfiesScope(token.scope, scopes)) return token;
  throw insufficientScope(space, scopes);
}
