// @ReceiveLogout: the two routes at which a provider tells that somebody has signed out there.
// @see OpenID Connect Back-Channel Logout §2.5 https://openid.net/specs/openid-connect-backchannel-1_0.html#BCRequest
import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  Get,
  HttpCode,
  Post,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { followRoute } from './follow-route.js';
import { ReceiveLogoutInterceptor } from './receive-logout.interceptor.js';
import { RECEIVE_LOGOUT, type ReceiveLogoutRoute, remoteLogoutOf } from './remote-logout.js';

/** Where logouts are received. */
export interface ReceiveLogoutOptions {
  /** @default the name */
  path?: string;
}

/**
 * Declares two routes, to be registered at the provider: `POST <path>/backchannel-logout`, to which the provider sends
 * logout tokens (`backchannel_logout_uri`), and `GET <path>/frontchannel-logout`, which its page loads in a frame
 * (`frontchannel_logout_uri`, with `iss` and `sid`: `frontchannel_logout_session_required`). The sessions of
 * `@SignInWith` end by themselves, the event `remote_session.ended` is emitted, and the method is run: to end sessions
 * of the application's own. What it returns is not sent.
 *
 * @param name under which the provider is registered
 * @example
 * \@ReceiveLogout('google')
 * async signedOut(\@RemoteLogout() { sid, subject }: RemoteLogoutNotice) {
 *   await this.sessions.deleteOf(subject, sid);
 * }
 */
export function ReceiveLogout(name: string, options: ReceiveLogoutOptions = {}): MethodDecorator {
  const path = (options.path ?? name).replace(/^\/+|\/+$/g, '');
  const channel = (of: ReceiveLogoutRoute['channel']): MethodDecorator =>
    SetMetadata(RECEIVE_LOGOUT, { name, channel: of } satisfies ReceiveLogoutRoute);
  return (prototype, key, descriptor) => {
    const post = [Post(`${path}/backchannel-logout`), HttpCode(200), channel('back')];
    applyDecorators(...post, UseInterceptors(ReceiveLogoutInterceptor))(prototype, key, descriptor);
    const get = [Get(`${path}/frontchannel-logout`), channel('front')];
    followRoute(prototype, String(key), { name: `${String(key)}$frame`, runs: true, decorators: get });
  };
}

/**
 * What a provider said has ended, as a parameter of a method with `@ReceiveLogout`.
 *
 * @example signedOut(\@RemoteLogout() { sid, subject }: RemoteLogoutNotice) {}
 */
export const RemoteLogout = createParamDecorator((_: unknown, context: ExecutionContext) =>
  remoteLogoutOf(context.switchToHttp().getRequest<object>()),
);
