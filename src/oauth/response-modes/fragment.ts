// The response in the fragment of the redirect URI, which the browser does not send to the client's server.
// @see RFC 6749 §4.2.2 https://www.rfc-editor.org/rfc/rfc6749#section-4.2.2
import { type OAuthResponse, seeOther } from '../../common/http.js';
import { ResponseMode } from './response-mode.js';

/** The answer in the fragment of the redirect URI (RFC 6749 §4.2.2). */
@ResponseMode('fragment')
export class FragmentResponseMode implements ResponseMode {
  respond(redirectUri: string, parameters: Record<string, string>): OAuthResponse {
    return seeOther(`${redirectUri}#${new URLSearchParams(parameters).toString()}`);
  }
}
