// The answer to a token request for a user's grant.
// @see RFC 6749 §5.1 https://www.rfc-editor.org/rfc/rfc6749#section-5.1
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.js';
import { EventBus } from '../events/event-bus.js';
import type { AccessTokenDraft, IssuedGrant } from '../tokens/issuance.js';
import { TokenIssuer } from '../tokens/token-issuer.js';
import { ResourceIndicators } from './checks/resource-indicators.js';
import type { TokenResponse } from './grants/grant.js';
import { IdTokens } from './id-tokens.js';
import { SubjectIdentifiers } from './subject-identifiers.js';

/** Answers a token request for the grant of a user, with an ID token where the scope asks for one. */
@Injectable()
export class TokenResponder {
  constructor(
    private readonly issuer: TokenIssuer,
    private readonly resources: ResourceIndicators,
    private readonly idTokens: IdTokens,
    private readonly subjects: SubjectIdentifiers,
    private readonly events: EventBus,
  ) {}

  /**
   * The answer of the token endpoint; to an OpenID request with an ID token.
   * @throws InvalidTargetError when the resources want two formats in one token
   */
  async respond(
    client: Client,
    grantType: string,
    grant: IssuedGrant,
    accessToken: AccessTokenDraft,
    refreshToken?: string,
    nonce?: string,
  ): Promise<TokenResponse> {
    const response = await this.issueAccessToken(client, grantType, grant, accessToken);
    return {
      ...response,
      ...(refreshToken !== undefined && { refresh_token: refreshToken }),
      ...(this.idTokens.isDue(grant) && {
        id_token: await this.idTokens.issue(client, grant, { nonce, accessToken: response.access_token }),
      }),
    };
  }

  /**
   * Writes the access token, in the format that its resources want, and tells that it was issued.
   * @throws InvalidTargetError when the resources want two formats in one token
   */
  async issueAccessToken(
    client: Client,
    grantType: string,
    grant: IssuedGrant,
    accessToken: AccessTokenDraft,
  ): Promise<{ access_token: string; token_type: string; expires_in: number; scope: string }> {
    const format = await this.resources.formatFor(client, grant.resources);
    const { userId } = grant;
    const subject = userId === null ? undefined : await this.subjects.of(client, userId);
    const text = await this.issuer.write(format, accessToken, { ...grant, subject });
    const scope = grant.scope.join(' ');
    this.events.emit('token.issued', {
      clientId: client.id,
      userId: grant.userId ?? undefined,
      grantId: grant.grantId,
      grantType,
      scope,
    });
    return { access_token: text, token_type: 'Bearer', expires_in: accessToken.lifetime, scope };
  }
}
