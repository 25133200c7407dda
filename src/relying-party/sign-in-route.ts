// What a route of @SignInWith is for.
import type { SignInWithOptions } from './sign-in-with.decorator.js';

export const SIGN_IN = Symbol('sign-in');

export interface SignInRoute {
  /** Of the provider. */
  name: string;
  step: 'start' | 'callback';
  /** Of the start, below that of the controller. */
  path: string;
  /** The method that is decorated. */
  method: string;
  options: SignInWithOptions;
}

export function signInRouteOf(handler: object): SignInRoute | undefined {
  return Reflect.getMetadata(SIGN_IN, handler) as SignInRoute | undefined;
}
