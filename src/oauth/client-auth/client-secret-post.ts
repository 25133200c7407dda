// client_secret_post: id and secret in the request body.
// @see RFC 6749 §2.3.1 https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
import type { OAuthRequest } from '../../common/http.js';
import type { Parameters } from '../../common/parameters.js';
import { ClientAuth, type PresentedCredentials } from './client-auth.js';

/** The secret in the body (RFC 6749 §2.3.1). */
@ClientAuth('client_secret_post')
export class ClientSecretPost implements ClientAuth {
  read(_request: OAuthRequest, parameters: Parameters): PresentedCredentials | undefined {
    const secret = parameters.get('client_secret');
    if (secret === undefined) return undefined;
    return { clientId: parameters.require('client_id'), verify: (client) => client.verifySecret(secret) };
  }
}
