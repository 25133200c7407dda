// Options of the guards.

export interface ResourceServerOptions {
  /** `realm` of the challenges. @default "api" */
  realm?: string;
  /**
   * Audiences whose tokens the guards accept; a token that is bound to none is accepted as well when the issuer is
   * this very server. @default none: only tokens that are bound to no resource
   */
  audience?: string | readonly string[];
  /**
   * The issuer whose verifier takes tokens that name no issuer, where several could.
   * @default the only verifier that can
   */
  opaqueTokens?: string;
}

export const RESOURCE_SERVER_OPTIONS = Symbol('ResourceServerOptions');
