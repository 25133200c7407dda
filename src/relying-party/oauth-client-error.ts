// What goes wrong between this application and a provider, as typed errors.

/** Why, beside the error codes of the specifications that a provider answers with. */
export type OAuthClientFailure =
  /** The answer belongs to no request of this browser: it was not begun here, has expired, or was used before. */
  | 'mismatching_state'
  /** The answer comes from another issuer than the one that was asked (RFC 9207 §2.4). */
  | 'mismatching_issuer'
  /** The answer has no code. */
  | 'missing_code'
  /** The ID token, or another answer, is not what the specification demands. */
  | 'invalid_response'
  /** Userinfo is about somebody else (OIDC Core §5.3.2). */
  | 'mismatching_subject'
  /** There is no token for the call. */
  | 'missing_token'
  /** The token has expired and cannot be renewed. */
  | 'token_invalid'
  /** The provider cannot be reached, or answers nothing that can be read. */
  | 'provider_unavailable'
  /** The provider does not have what is asked for. */
  | 'unsupported';

/**
 * What a provider refused, or what is wrong with its answer.
 *
 * @example
 * catch (error) {
 *   if (error instanceof OAuthClientError && error.code === 'access_denied') return 'You did not sign in.';
 *   throw error;
 * }
 */
export class OAuthClientError extends Error {
  override readonly name = 'OAuthClientError';

  /**
   * @param code of the specification (`access_denied`, `invalid_grant`, …), or why
   * @param description for developers; never holds a token or a secret
   */
  constructor(
    /** The name under which the provider is registered. */
    readonly provider: string,
    readonly code: OAuthClientFailure | (string & {}),
    readonly description: string,
    options: { cause?: unknown; uri?: string; status?: number } = {},
  ) {
    super(`${provider}: ${code}${description ? `: ${description}` : ''}`, { cause: options.cause });
    this.uri = options.uri;
    this.status = options.status;
  }

  /** `error_uri`, where the provider told one. */
  readonly uri: string | undefined;
  /** Of the provider's answer. */
  readonly status: number | undefined;
}
