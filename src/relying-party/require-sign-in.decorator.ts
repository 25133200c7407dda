// @RequireSignIn: a controller or a handler for whoever has signed in with a provider.
import { applyDecorators, SetMetadata, UseGuards } from '@nestjs/common';
import { SignInGuard } from './sign-in.guard.js';
import { REQUIRED_SIGN_IN, type RequiredSignIn } from './required-sign-in.js';

/**
 * Lets nobody in who has not signed in by `@SignInWith`. Who asks for a page is sent to sign in and comes back; every other
 * request gets 401.
 *
 * @param name of the provider; absent: any
 * @example
 * \@Get('orders')
 * \@RequireSignIn('google')
 * list(\@RemoteUser('sub') owner: string) {}
 */
export function RequireSignIn(
  name?: string,
  options: Omit<RequiredSignIn, 'name'> = {},
): ClassDecorator & MethodDecorator {
  return applyDecorators(
    SetMetadata(REQUIRED_SIGN_IN, { name, ...options } satisfies RequiredSignIn),
    UseGuards(SignInGuard),
  );
}
