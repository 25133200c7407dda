// none: a public client only says who it is.
// @see RFC 6749 §2.1, §3.2.1 https://www.rfc-editor.org/rfc/rfc6749#section-3.2.1
import type { OAuthRequest } from '../../common/http.js';
import type { Parameters } from '../../common/parameters.js';
import { ClientAuth, type PresentedCredentials } from './client-auth.js';

/** Nothing but the client’s id (RFC 6749 §2.1): it counts where nothing proves who the client is. */
@ClientAuth('none')
export class NoClientAuth implements ClientAuth {
  read(request: OAuthRequest, parameters: Parameters): PresentedCredentials | undefined {
    const proves =
      request.headers.authorization !== undefined ||
      parameters.has('client_secret') ||
      parameters.has('client_assertion');
    const clientId = parameters.get('client_id');
    return proves || clientId === undefined ? undefined : { clientId, verify: () => true };
  }
}
