// What a token is worth cannot be told at this moment: that says nothing about the token, so it is no 401.
// @see RFC 9110 §15.6.4 https://www.rfc-editor.org/rfc/rfc9110#section-15.6.4
import { ServiceUnavailableException } from '@nestjs/common';

/**
 * Thrown by a token verifier that cannot reach who knows. The guard answers 503 with `Retry-After`.
 *
 * @example throw new TokenVerificationUnavailableError('The introspection endpoint timed out.');
 */
export class TokenVerificationUnavailableError extends ServiceUnavailableException {
  /** Seconds, for `Retry-After`. */
  readonly retryAfter = 5;

  /** @param reason for the log; the answer does not have it */
  constructor(readonly reason: string) {
    super({ statusCode: 503, message: 'Service Unavailable' });
  }

  /** What GraphQL puts beside the message of the error. */
  get extensions(): Record<string, unknown> {
    return { code: 'SERVICE_UNAVAILABLE', statusCode: 503, retryAfter: this.retryAfter };
  }
}
