// The response in the query of the redirect URI.
// @see RFC 6749 §4.1.2 https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
import { type OAuthResponse, seeOther } from '../../common/http.js';
import { appendQuery } from '../../common/url.js';
import { ResponseMode } from './response-mode.js';

/** The answer in the query of the redirect URI (RFC 6749 §4.1.2). */
@ResponseMode('query')
export class QueryResponseMode implements ResponseMode {
  respond(redirectUri: string, parameters: Record<string, string>): OAuthResponse {
    return seeOther(appendQuery(redirectUri, parameters));
  }
}
