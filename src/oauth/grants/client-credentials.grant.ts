// The client acts for itself.
// @see RFC 6749 §4.4 https://www.rfc-editor.org/rfc/rfc6749#section-4.4
import { InvalidScopeError, UnauthorizedClientError } from '../../common/oauth-error.js';
import { EventBus } from '../../events/event-bus.js';
import { PROTOCOL_SCOPES } from '../../clients/client-metadata.js';
import type { GrantDraft } from '../../tokens/issuance.js';
import { TokenIssuer } from '../../tokens/token-issuer.js';
import { ResourceIndicators } from '../checks/resource-indicators.js';
import { resolveScope } from '../checks/scope.js';
import { TokenPolicy } from '../token-policy.js';
import { Grant, type TokenRequest, type TokenResponse } from './grant.js';

const GRANT_TYPE = 'client_credentials';
/** What a standing grant outlives its last use by, in seconds. */
const SLACK = 86_400;

/** The client acts for itself (RFC 6749 §4.4). */
@Grant(GRANT_TYPE)
export class ClientCredentialsGrant implements Grant {
  constructor(
    private readonly issuer: TokenIssuer,
    private readonly resources: ResourceIndicators,
    private readonly policy: TokenPolicy,
    private readonly events: EventBus,
  ) {}

  async respond({ client, parameters }: TokenRequest): Promise<TokenResponse> {
    // RFC 6749 §4.4: the client credentials grant type MUST only be used by confidential clients.
    if (client.isPublic) throw new UnauthorizedClientError('A public client cannot act for itself.');
    const resources = await this.resources.read(client, parameters);
    const scope = resolveScope(client, parameters.get('scope'), resources);
    if (scope.some((value) => (PROTOCOL_SCOPES as readonly string[]).includes(value))) {
      throw new InvalidScopeError('openid and offline_access need a user.');
    }
    const identifiers = resources.map(({ identifier }) => identifier);
    const format = await this.resources.formatFor(client, identifiers);
    const lifetime = this.policy.accessTokenLifetime(client, GRANT_TYPE);
    const grant: GrantDraft = {
      clientId: client.id,
      userId: null,
      scope,
      resources: identifiers,
      lifetime: lifetime + SLACK,
    };
    const draft = await this.issuer.draftAccessToken({ clientId: client.id, grantType: GRANT_TYPE, scope }, lifetime);
    const issued = await this.issuer.issueForClient(grant, draft);
    const accessToken = await this.issuer.write(format, draft, issued);
    this.events.emit('token.issued', {
      clientId: client.id,
      grantId: issued.grantId,
      grantType: GRANT_TYPE,
      scope: scope.join(' '),
    });
    return { access_token: accessToken, token_type: 'Bearer', expires_in: lifetime, scope: scope.join(' ') };
  }
}
