// client_secret_basic: id and secret in the Authorization header, each form-encoded first.
// @see RFC 6749 §2.3.1 https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
import type { OAuthRequest } from '../../common/http.js';
import { InvalidClientError } from '../../common/oauth-error.js';
import { decodeFormComponent } from '../../common/parameters.js';
import { ClientAuth, type PresentedCredentials } from './client-auth.js';

const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2})$/i;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The secret in the Authorization header (RFC 6749 §2.3.1). */
@ClientAuth('client_secret_basic')
export class ClientSecretBasic implements ClientAuth {
  read({ headers }: OAuthRequest): PresentedCredentials | undefined {
    const { authorization } = headers;
    if (authorization === undefined) return undefined;
    const [id, secret] = decode(authorization);
    return { clientId: id, verify: (client) => client.verifySecret(secret) };
  }
}

function decode(authorization: string): [string, string] {
  const encoded = BASIC.exec(authorization)?.[1];
  if (encoded === undefined) throw new InvalidClientError('malformed Authorization header');
  try {
    const text = utf8.decode(Buffer.from(encoded, 'base64'));
    const colon = text.indexOf(':');
    if (colon < 0) throw new InvalidClientError('Basic credentials without a colon');
    return [decodeFormComponent(text.slice(0, colon)), decodeFormComponent(text.slice(colon + 1))];
  } catch {
    throw new InvalidClientError('malformed Basic credentials');
  }
}
