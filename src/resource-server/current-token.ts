// The token of the request at hand: as a parameter, on the request, and anywhere in the call chain.
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { Observable } from 'rxjs';
import type { AccessToken } from './token-verifier.js';

/** A request that passed a guard. */
export interface GuardedRequest {
  /** Absent when the guard is optional and no token was sent. */
  current_token?: AccessToken;
}

const storage = new AsyncLocalStorage<AccessToken>();

/**
 * The verified access token of the request that is being handled; undefined when an optional guard let it through
 * without one, and outside of guarded handlers.
 *
 * @example const owner = currentToken()?.userId;
 */
export function currentToken(): AccessToken | undefined {
  return storage.getStore();
}

/**
 * The verified access token as a parameter of a guarded handler.
 *
 * @example me(@CurrentToken() token: AccessToken) { return { id: token.userId }; }
 */
export const CurrentToken = createParamDecorator((_: unknown, context: ExecutionContext) => tokenOf(context));

/** Runs the handler with its token at hand. */
@Injectable()
export class CurrentTokenInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const token = tokenOf(context);
    if (!token) return next.handle();
    return new Observable((subscriber) => storage.run(token, () => next.handle().subscribe(subscriber)));
  }
}

function tokenOf(context: ExecutionContext): AccessToken | undefined {
  return context.switchToHttp().getRequest<GuardedRequest>().current_token;
}
