// For applications whose guards are passport's: the bearer strategy behind an AuthGuard of @nestjs/passport.
// @see RFC 6750 §2.1, §3 https://www.rfc-editor.org/rfc/rfc6750#section-2.1
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { invalidToken, tokenMissing } from './bearer-challenge.js';
import { type BearerRequest, readBearerToken } from './bearer-request.js';
import { BearerStrategy } from './bearer.strategy.js';
import { refusalFor } from './refusal.js';
import type { AccessToken } from './token-verifier.js';

/**
 * Puts the verified access token on `request.user`, as passport's strategies do, for HTTP requests. It accepts the
 * tokens that `@ResourceProtector()` accepts, and asks for no scope; it costs some microseconds more.
 *
 * @example \@UseGuards(PassportBearerGuard)
 */
@Injectable()
export class PassportBearerGuard extends AuthGuard() {
  constructor(private readonly strategy: BearerStrategy) {
    super({ defaultStrategy: strategy.name, session: false });
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    try {
      readBearerToken(context.switchToHttp().getRequest<BearerRequest>(), this.strategy.realm);
      await super.canActivate(context);
    } catch (error) {
      throw await refusalFor(error, context);
    }
    return true;
  }

  /** Called by passport with what the strategy found. */
  override handleRequest<T>(error: unknown, token: AccessToken | false, _info: unknown, context: ExecutionContext): T {
    if (error) throw error as Error;
    if (token) return token as T;
    const { authorization } = context.switchToHttp().getRequest<BearerRequest>().headers;
    throw authorization === undefined ? tokenMissing(this.strategy.realm) : invalidToken(this.strategy.realm);
  }
}
