// Tokens for a client that acts for itself, under the one grant that it keeps for a scope and resources.
// @see RFC 6749 §4.4 https://www.rfc-editor.org/rfc/rfc6749#section-4.4
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.js';
import { PROTOCOL_SCOPES } from '../clients/client-metadata.js';
import { InvalidScopeError } from '../common/oauth-error.js';
import { EventBus } from '../events/event-bus.js';
import type { GrantDraft } from '../tokens/issuance.js';
import { TokenIssuer } from '../tokens/token-issuer.js';
import { ResourceIndicators } from './checks/resource-indicators.js';
import type { TokenResponse } from './grants/grant.js';
import { TokenPolicy } from './token-policy.js';

/** What a standing grant outlives its last use by, in seconds. */
const SLACK = 86_400;

/** To whom, and by which grant type. */
export interface ClientTokenRequest {
  client: Client;
  scope: readonly string[];
  /** Identifiers. */
  resources: readonly string[];
  grantType: string;
}

/** Issues access tokens to clients that act for themselves. */
@Injectable()
export class ClientTokens {
  constructor(
    private readonly issuer: TokenIssuer,
    private readonly resources: ResourceIndicators,
    private readonly policy: TokenPolicy,
    private readonly events: EventBus,
  ) {}

  /**
   * Issues an access token, never a refresh token (RFC 6749 §4.4.3).
   * @throws InvalidScopeError when the scope needs a user
   * @throws InvalidTargetError when the resources want two formats in one token
   */
  async issue({ client, scope, resources, grantType }: ClientTokenRequest): Promise<TokenResponse> {
    if (scope.some((value) => (PROTOCOL_SCOPES as readonly string[]).includes(value))) {
      throw new InvalidScopeError('openid and offline_access need a user.');
    }
    const format = await this.resources.formatFor(client, resources);
    const lifetime = this.policy.accessTokenLifetime(client, grantType);
    const grant: GrantDraft = { clientId: client.id, userId: null, scope, resources, lifetime: lifetime + SLACK };
    const draft = await this.issuer.draftAccessToken({ clientId: client.id, grantType, scope }, lifetime);
    const issued = await this.issuer.issueForClient(grant, draft);
    const accessToken = await this.issuer.write(format, draft, issued);
    const text = scope.join(' ');
    this.events.emit('token.issued', { clientId: client.id, grantId: issued.grantId, grantType, scope: text });
    return { access_token: accessToken, token_type: 'Bearer', expires_in: lifetime, scope: text };
  }
}
