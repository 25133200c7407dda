// What is thrown where a sign-in with a provider was not completed: an exception that Nest answers as it is.
import { HttpException, HttpStatus } from '@nestjs/common';
import { OAuthClientError } from './oauth-client-error.js';

/** Somebody did not sign in, or may not: OIDC Core §3.1.2.6. */
const REFUSED = new Set([
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
]);
/** The answer is none to a request of this browser. */
const FOREIGN = new Set(['mismatching_state', 'mismatching_issuer', 'missing_code']);

/**
 * A sign-in with a provider was not completed: 401 where somebody did not sign in, 403 where the answer belongs to no
 * request of this browser, 502 where the provider does not answer as it should. The body says no more than that.
 *
 * @example
 * \@Catch(SignInFailed)
 * class SignInFailedFilter implements ExceptionFilter<SignInFailed> {
 *   catch(failed: SignInFailed, host: ArgumentsHost) {
 *     host.switchToHttp().getResponse().status(failed.getStatus()).send(`Try again: ${failed.code}`);
 *   }
 * }
 */
export class SignInFailed extends HttpException {
  /** The name under which the provider is registered. */
  readonly provider: string;
  /** `error` of the provider, or why: see {@link OAuthClientFailure}. */
  readonly code: string;

  /**
   * @param cause what the provider answered, for the log
   * @param next the path that was wanted, where the answer was to a request of this browser
   */
  constructor(
    cause: OAuthClientError,
    readonly next?: string,
  ) {
    const status = statusOf(cause.code);
    super({ statusCode: status, message: MESSAGES[status], error: codeOf(cause) }, status, { cause });
    this.provider = cause.provider;
    this.code = cause.code;
  }
}

type FailureStatus = HttpStatus.UNAUTHORIZED | HttpStatus.FORBIDDEN | HttpStatus.BAD_GATEWAY;

const MESSAGES: Readonly<Record<FailureStatus, string>> = {
  [HttpStatus.UNAUTHORIZED]: 'You did not sign in.',
  [HttpStatus.FORBIDDEN]: 'This sign-in was not begun here, has expired, or was completed already.',
  [HttpStatus.BAD_GATEWAY]: 'The provider cannot sign you in at the moment.',
};

function statusOf(code: string): FailureStatus {
  if (REFUSED.has(code)) return HttpStatus.UNAUTHORIZED;
  return FOREIGN.has(code) ? HttpStatus.FORBIDDEN : HttpStatus.BAD_GATEWAY;
}

/** Codes of the specifications, and ours: what a provider made up is told to the log alone. */
function codeOf({ code }: OAuthClientError): string {
  return /^[a-z_]{1,40}$/.test(code) ? code : 'server_error';
}
