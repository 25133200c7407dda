// Why an assertion is no grant: told to who has signed it, and to nobody else.
// @see RFC 7521 §4.1.1, RFC 7523 §3.1 https://www.rfc-editor.org/rfc/rfc7523#section-3.1
import { InvalidGrantError } from '../../common/oauth-error.js';

/** It is signed by who it says, but does not hold. @example throw new InvalidAssertionError('aud is not this server'); */
export class InvalidAssertionError extends InvalidGrantError {
  /** @param fault of what is checked, never of what the assertion says */
  constructor(fault: string) {
    super(`The assertion is not valid: ${fault}.`);
  }
}

/** It is somebody else's, or nobody's: who presents it learns nothing of it, nor of who is known here. */
export class UntrustedAssertionError extends InvalidGrantError {
  /** @param reason for the log */
  constructor(reason: string) {
    super('The assertion is not signed by somebody who is trusted for this client.', { reason });
  }
}
