// The guard behind @RequireSignIn.
import {
  type CanActivate,
  type ExecutionContext,
  HttpException,
  HttpStatus,
  Injectable,
  UnauthorizedException,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { seeOther } from '../common/http.js';
import { appendQuery } from '../common/url.js';
import type { ClientReply, ClientRequest } from './oauth-client.js';
import { ownPath, ownPathOf } from './own-url.js';
import { RemoteSessions } from './remote-sessions.js';
import { RECEIVE_LOGOUT } from './remote-logout.js';
import { REQUIRED_SIGN_IN, type RequiredSignIn } from './required-sign-in.js';
import { SIGN_IN } from './sign-in-route.js';
import { SignInPaths } from './sign-in-paths.js';

/**
 * Lets nobody in who has not signed in. `@RequireSignIn` brings it; by itself it takes a sign-in with any provider. Of a
 * whole controller or application, it leaves the routes of `@SignInWith` and `@ReceiveLogout` to everybody.
 */
@Injectable()
export class SignInGuard implements CanActivate {
  constructor(
    private readonly sessions: RemoteSessions,
    private readonly paths: SignInPaths,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (isWayIn(context.getHandler())) return true;
    const targets = [context.getHandler(), context.getClass()];
    const required = this.reflector.getAllAndOverride<RequiredSignIn | undefined>(REQUIRED_SIGN_IN, targets) ?? {};
    const http = context.switchToHttp();
    const request = http.getRequest<ClientRequest>();
    const session = await this.sessions.find(request);
    if (session && (required.name === undefined || session.provider === required.name)) return true;
    const reply = http.getResponse<ClientReply>();
    reply.header('cache-control', 'no-store');
    const path = wantsPage(request) ? this.signInPath(context, request, required) : undefined;
    if (path === undefined) throw new UnauthorizedException('Sign in first.');
    const next = ownPath(ownPathOf(request));
    const { status, headers } = seeOther(next === undefined ? path : appendQuery(path, { next }));
    // Also where a filter of the application's own answers.
    for (const [name, value] of Object.entries(headers)) reply.header(name, value);
    throw new HttpException({ statusCode: HttpStatus.SEE_OTHER, message: 'Sign in first.' }, status);
  }

  private signInPath(
    context: ExecutionContext,
    request: ClientRequest,
    { name, redirect = true }: RequiredSignIn,
  ): string | undefined {
    if (typeof redirect === 'string') return redirect;
    return redirect ? this.paths.find(name, context, request) : undefined;
  }
}

/** Whoever signs in is not in yet, and a provider never is; unless this very route asks for a sign-in. */
function isWayIn(handler: object): boolean {
  const has = (key: symbol): boolean => Reflect.hasMetadata(key, handler);
  return (has(SIGN_IN) || has(RECEIVE_LOGOUT)) && !has(REQUIRED_SIGN_IN);
}

/** Is it a person who goes somewhere? Scripts ask for something else unless they want pages. */
function wantsPage({ method, headers }: ClientRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && (headers.accept ?? '').includes('text/html');
}
