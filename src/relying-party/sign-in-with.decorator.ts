// @SignInWith: the two routes of signing in with a provider, of one method of a controller.
import { applyDecorators, Get, Post, SetMetadata, UseInterceptors } from '@nestjs/common';
import { followRoute } from './follow-route.js';
import type { ClientReply, ClientRequest } from './oauth-client.js';
import type { RequestParams } from './oauth-client.options.js';
import type { SignInFailed } from './sign-in-failed.js';
import { SignInInterceptor } from './sign-in.interceptor.js';
import { SIGN_IN, type SignInRoute } from './sign-in-route.js';

/** How somebody signs in with a provider. */
export interface SignInWithOptions {
  /** Of the route that sends people to the provider; they come back to `<path>/callback`. @default the name */
  path?: string;
  /**
   * Where the provider sends people back to, as it is registered there. It has to lead to `<path>/callback`.
   * @default `<path>/callback` at the `publicUrl` of the module, or at the host that the request names
   */
  redirectUri?: string | ((request: ClientRequest) => string);
  /** Parameters of the authorization request, e.g. `prompt`. @default none */
  params?: RequestParams | ((request: ClientRequest) => RequestParams);
  /** Begins a session here; `false`: the method begins one of the application's own. @default true */
  session?: boolean;
  /** Asks the userinfo endpoint too: for providers whose ID tokens hold few claims. @default where there is no ID token */
  userinfo?: boolean;
  /** The path to which people go whose request names none. @default "/" */
  next?: string;
  /**
   * Answers what went wrong: what it returns is the body. The status is that of the exception, unless the reply says so.
   * @default the exception is thrown
   */
  failure?: (failed: SignInFailed, http: { request: ClientRequest; reply: ClientReply }) => unknown;
}

/**
 * Declares two routes. `GET <path>` sends the browser to the provider; `?next=/own/path` says where it goes afterwards.
 * `GET` and `POST <path>/callback` takes the answer, begins a session, and runs the method: what it returns is answered.
 * When it returns nothing the browser goes to `next`; when it throws, the session has not begun. What else decorates the
 * method holds for all of them.
 *
 * @param name under which the provider is registered
 * @throws SignInFailed at both routes
 * @example
 * \@SignInWith('google')
 * async signedIn(\@RemoteUser() user: UserInfo) {
 *   await this.people.save(user.sub, user.name);
 * }
 */
export function SignInWith(name: string, options: SignInWithOptions = {}): MethodDecorator {
  const path = (options.path ?? name).replace(/^\/+|\/+$/g, '');
  const callback = `${path}/callback`;
  return (prototype, key, descriptor) => {
    const method = String(key);
    const step = (of: SignInRoute['step']): MethodDecorator =>
      SetMetadata(SIGN_IN, { name, step: of, path, method, options } satisfies SignInRoute);
    applyDecorators(Get(callback), UseInterceptors(SignInInterceptor), step('callback'))(prototype, key, descriptor);
    followRoute(prototype, method, { name: `${method}$post`, runs: true, decorators: [Post(callback)] });
    followRoute(prototype, method, { name: `${method}$start`, runs: false, decorators: [Get(path), step('start')] });
  };
}
