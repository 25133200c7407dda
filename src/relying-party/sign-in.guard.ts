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
import { REQUIRED_SIGN_IN, type RequiredSignIn } from './required-sign-in.js';
import { SignInPaths } from './sign-in-paths.js';

/** Lets nobody in who has not signed in. `@RequireSignIn` brings it; by itself it takes a sign-in with any provider. */
@Injectable()
export class SignInGuard implements CanActivate {
  constructor(
    private readonly sessions: RemoteSessions,
    private readonly paths: SignInPaths,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
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

/** Is it a person who goes somewhere? Scripts ask for something else unless they want pages. */
function wantsPage({ method, headers }: ClientRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && (headers.accept ?? '').includes('text/html');
}
