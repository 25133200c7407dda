// The implicit grant: the access token in the front channel. Legacy: RFC 9700 §2.1.2 advises against it.
// @see RFC 6749 §4.2 https://www.rfc-editor.org/rfc/rfc6749#section-4.2
import { AuthorizationResponses } from '../response-types/authorization-responses.js';
import { type AuthorizationGrant, ResponseType } from '../response-types/response-type.js';
import { Grant } from './grant.js';

const GRANT_TYPE = 'implicit';

/** An access token at once, in the browser (RFC 6749 §4.2); legacy. */
@Grant(GRANT_TYPE)
@ResponseType('token')
export class ImplicitGrant implements ResponseType {
  readonly defaultResponseMode = 'fragment';
  readonly grantTypes = [GRANT_TYPE];

  constructor(private readonly responses: AuthorizationResponses) {}

  /** RFC 6749 §4.2.2: never a refresh token. */
  authorize(grant: AuthorizationGrant): Promise<Record<string, string> | undefined> {
    return this.responses.create(grant, ['token']);
  }
}
