// The form that a client has posted.
// @see RFC 6749 §3.2 https://www.rfc-editor.org/rfc/rfc6749#section-3.2
import type { OAuthRequest } from '../../common/http.js';
import { InvalidRequestError } from '../../common/oauth-error.js';
import { type Parameters, parseForm } from '../../common/parameters.js';

/** Names that the endpoints for clients read: none of them may come twice. */
const FORM_PARAMETERS = new Set([
  'grant_type', 'client_id', 'client_secret', 'client_assertion', 'client_assertion_type', 'code', 'redirect_uri', 'code_verifier',
  'refresh_token', 'device_code', 'scope', 'nonce', 'username', 'password', 'assertion', 'token', 'token_type_hint',
]); // prettier-ignore

/**
 * The form that was posted.
 * @throws InvalidRequestError when it is not application/x-www-form-urlencoded, or a known parameter comes twice
 */
export function readForm(request: OAuthRequest): Parameters {
  const parameters = parseFormBody(request);
  parameters.refuseRepeated(FORM_PARAMETERS);
  // RFC 6749 §2.3.1, §3.2: parameters are sent in the body only, so that none is left in a log.
  if (request.query !== '' && parseForm(request.query).has('client_secret'))
    throw new InvalidRequestError('Send the parameters in the body, not in the URL.');
  return parameters;
}

/**
 * The form that was posted, whatever it holds.
 * @throws InvalidRequestError when it is not application/x-www-form-urlencoded
 */
export function parseFormBody({ headers, body }: OAuthRequest): Parameters {
  if (!isForm({ headers })) {
    throw new InvalidRequestError('Send the parameters as application/x-www-form-urlencoded (with curl: -d, not -F).');
  }
  return parseForm(body ?? '');
}

/** Is the body `application/x-www-form-urlencoded`? */
export function isForm({ headers }: Pick<OAuthRequest, 'headers'>): boolean {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded';
}
