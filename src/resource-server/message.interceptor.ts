// Answers a message of a WebSocket or another service with its token at hand, and its refusals in the form that the
// package behind it understands. HTTP needs none: a hook of the adapter is far cheaper than an interceptor.
import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { catchError, from, mergeMap, Observable, throwError } from 'rxjs';
import { admittedOf, runWithSlot, settle } from './current-token.js';
import { refusalFor } from './refusal.js';
import { type CheckedOptions, RESOURCE_SERVER_OPTIONS } from './checked-options.js';

@Injectable()
export class MessageInterceptor implements NestInterceptor {
  constructor(@Inject(RESOURCE_SERVER_OPTIONS) private readonly options: CheckedOptions) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    settle(context);
    const answer = this.options.callChain === false ? next.handle() : withSlot(context, next);
    return answer.pipe(
      catchError((error: unknown) =>
        from(refusalFor(error, context)).pipe(mergeMap((refusal) => throwError(() => refusal))),
      ),
    );
  }
}

function withSlot(context: ExecutionContext, next: CallHandler): Observable<unknown> {
  const admitted = admittedOf(context);
  return new Observable((subscriber) => runWithSlot(() => next.handle().subscribe(subscriber), admitted));
}
