// What @RequireSignIn asks for.

export const REQUIRED_SIGN_IN = Symbol('required-sign-in');

/** What `@RequireSignIn` asks for. */
export interface RequiredSignIn {
  /** Of the provider. */
  name?: string;
  /**
   * Sends who asks for a page to sign in: to the `@SignInWith` of the provider, or to a path of one's own, which gets the
   * parameter `next`. Without a name and with several providers only a path can be meant.
   * @default true
   */
  redirect?: boolean | string;
}
