// The client acts for itself.
// @see RFC 6749 §4.4 https://www.rfc-editor.org/rfc/rfc6749#section-4.4
import { UnauthorizedClientError } from '../../common/oauth-error.js';
import { ResourceIndicators } from '../checks/resource-indicators.js';
import { resolveScope } from '../checks/scope.js';
import { ClientTokens } from '../client-tokens.js';
import { Grant, type TokenRequest, type TokenResponse } from './grant.js';

const GRANT_TYPE = 'client_credentials';

/** The client acts for itself (RFC 6749 §4.4). */
@Grant(GRANT_TYPE)
export class ClientCredentialsGrant implements Grant {
  constructor(
    private readonly resources: ResourceIndicators,
    private readonly tokens: ClientTokens,
  ) {}

  async respond({ client, parameters }: TokenRequest): Promise<TokenResponse> {
    // RFC 6749 §4.4: the client credentials grant type MUST only be used by confidential clients.
    if (client.isPublic) throw new UnauthorizedClientError('A public client cannot act for itself.');
    const resources = await this.resources.read(client, parameters);
    const scope = resolveScope(client, parameters.get('scope'), resources);
    const identifiers = resources.map(({ identifier }) => identifier);
    return this.tokens.issue({ client, scope, resources: identifiers, grantType: GRANT_TYPE });
  }
}
