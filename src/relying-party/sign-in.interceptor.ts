// Answers the routes of @SignInWith: sends the browser to the provider, and takes what it comes back with.
import { type CallHandler, type ExecutionContext, Injectable, Logger, type NestInterceptor } from '@nestjs/common';
import { HTTP_CODE_METADATA } from '@nestjs/common/constants.js';
import { catchError, defaultIfEmpty, from, mergeMap, type Observable, of, tap, throwError } from 'rxjs';
import { seeOther } from '../common/http.js';
import { answersItself } from './follow-route.js';
import type { ClientReply, ClientRequest } from './oauth-client.js';
import { OAuthClientError } from './oauth-client-error.js';
import { RemoteSignIn } from './remote-sign-in.js';
import { SignInFailed } from './sign-in-failed.js';
import { type SignInRoute, signInRouteOf } from './sign-in-route.js';

interface Exchange {
  request: ClientRequest;
  reply: ClientReply;
}

@Injectable()
export class SignInInterceptor implements NestInterceptor {
  private readonly logger = new Logger('SignIn');

  constructor(private readonly signIn: RemoteSignIn) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const route = signInRouteOf(context.getHandler())!;
    const http = context.switchToHttp();
    const exchange = { request: http.getRequest<ClientRequest>(), reply: http.getResponse<ClientReply>() };
    try {
      if (route.step === 'start') {
        redirect(exchange.reply, await this.signIn.start(exchange.request, exchange.reply, route));
        return of(undefined);
      }
      const target = await this.signIn.finish(exchange.request, exchange.reply, route);
      return this.run(context, next, exchange, { ...route, target });
    } catch (error) {
      return this.fail(error, exchange, route);
    }
  }

  /** The method of the application. */
  private run(
    context: ExecutionContext,
    next: CallHandler,
    { request, reply }: Exchange,
    { method, target }: { method: string; target: string },
  ): Observable<unknown> {
    // Nest's 201 of a POST is not meant.
    if (request.method === 'POST' && !Reflect.getMetadata(HTTP_CODE_METADATA, context.getHandler())) reply.status(200);
    reply.header('cache-control', 'no-store');
    const isAnswered = answersItself(context.getClass(), method);
    return next.handle().pipe(
      defaultIfEmpty(undefined),
      tap((answer) => {
        if (answer === undefined && !isAnswered) redirect(reply, target);
      }),
      catchError((error: unknown) =>
        from(this.signIn.undo(request, reply)).pipe(
          catchError(() => of(undefined)),
          mergeMap(() => throwError(() => error)),
        ),
      ),
    );
  }

  private async fail(error: unknown, exchange: Exchange, route: SignInRoute): Promise<Observable<unknown>> {
    if (!(error instanceof OAuthClientError)) throw error;
    const failed = new SignInFailed(error, this.signIn.nextOf(exchange.request));
    // An exception that Nest answers is logged nowhere, and this one the operator has to see to.
    if (failed.getStatus() >= 500) this.logger.warn(error.message);
    const { failure } = route.options;
    exchange.reply.header('cache-control', 'no-store');
    if (!failure) throw failed;
    exchange.reply.status(failed.getStatus());
    return of(await failure(failed, exchange));
  }
}

/** Nest sends it, with whatever body other interceptors make. */
function redirect(reply: ClientReply, location: string): void {
  const { status, headers } = seeOther(location);
  reply.status(status);
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
}
