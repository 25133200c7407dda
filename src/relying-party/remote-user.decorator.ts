// @RemoteUser and @RemoteToken: who has signed in with a provider, as parameters of a handler.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from '../common/http.js';
import { sessionOf } from './current-request.js';
import type { RemoteSession } from './session-store.js';

/**
 * Who has signed in, as the provider tells, or one claim of it; undefined when nobody has.
 *
 * @example home(\@RemoteUser() user: UserInfo, \@RemoteUser('email') email?: string) {}
 */
export const RemoteUser = createParamDecorator(async (claim: string | undefined, context: ExecutionContext) => {
  const user = (await sessionAt(context))?.user;
  if (claim === undefined || !user) return user;
  return Object.hasOwn(user, claim) ? user[claim] : undefined;
});

/**
 * The tokens of whoever has signed in, as the provider gave them; undefined when nobody has.
 *
 * @example callback(\@RemoteToken() token: OAuthToken) {}
 */
export const RemoteToken = createParamDecorator(
  async (_: unknown, context: ExecutionContext) => (await sessionAt(context))?.token,
);

function sessionAt(context: ExecutionContext): Promise<RemoteSession | undefined> {
  return sessionOf(context.switchToHttp().getRequest<HttpRequest>());
}
