// The guard behind @ResourceProtector: token present and well sent, valid, and of the scope that is asked for.
// @see RFC 6750 §2, §3 https://www.rfc-editor.org/rfc/rfc6750#section-3
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { satisfiesScope, type ScopeRequirement } from '../common/scope.js';
import { EventBus } from '../events/event-bus.js';
import {
  addChallenge,
  BearerError,
  type HeaderReply,
  insufficientScope,
  invalidToken,
  tokenMissing,
} from './bearer-challenge.js';
import { type BearerRequest, readBearerToken } from './bearer-request.js';
import { BearerStrategy } from './bearer.strategy.js';
import type { AccessToken } from './token-verifier.js';

export const PROTECTION = 'nest-authorization-server:protection';

/** What a protected controller or handler asks for. */
export interface Protection {
  scopes?: ScopeRequirement;
  optional: boolean;
}

@Injectable()
export class ResourceProtectorGuard extends AuthGuard() {
  /** Where controller and handler are both decorated, the guard runs twice for the same protection. */
  private readonly passed = new WeakSet<object>();

  constructor(
    private readonly strategy: BearerStrategy,
    private readonly reflector: Reflector,
    private readonly events: EventBus,
  ) {
    super({ defaultStrategy: strategy.name, property: 'current_token', session: false });
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<BearerRequest>();
    if (this.passed.has(request)) return true;
    try {
      readBearerToken(request, this.strategy.realm);
      await super.canActivate(context);
    } catch (error) {
      // Also where a filter of the application's own takes the place of ours.
      if (error instanceof BearerError) addChallenge(context.switchToHttp().getResponse<HeaderReply>(), error);
      throw error;
    }
    this.passed.add(request);
    return true;
  }

  /** Called by passport with what the strategy found. */
  override handleRequest<T>(error: unknown, token: AccessToken | false, _info: unknown, context: ExecutionContext): T {
    if (error) throw error as Error;
    const protection = this.reflector.getAllAndOverride<Protection>(PROTECTION, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!token) {
      const sent = context.switchToHttp().getRequest<BearerRequest>().headers.authorization !== undefined;
      if (!sent && protection.optional) return undefined as T;
      throw sent ? invalidToken(this.strategy.realm) : tokenMissing(this.strategy.realm);
    }
    if (!satisfiesScope(token.scope, protection.scopes))
      throw insufficientScope(this.strategy.realm, protection.scopes);
    const { clientId, userId, scope } = token;
    this.events.emit('token.authenticated', { clientId, userId, scope: scope.join(' ') });
    return token as T;
  }
}
