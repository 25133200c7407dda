// What an authorization response holds: a code, an access token, an ID token, or several of them under one grant.
// @see OIDC Core §3.2.2.5, §3.3.2.5 https://openid.net/specs/openid-connect-core-1_0.html#HybridAuthResponse
import { Injectable } from '@nestjs/common';
import { credentialKey, generateCredential } from '../../common/credential.js';
import { ServerOptions } from '../../config/options.js';
import type { AccessTokenDraft, CodeDraft, GrantDraft } from '../../tokens/issuance.js';
import { TokenIssuer } from '../../tokens/token-issuer.js';
import type { AuthorizationRequest } from '../authorization-request.js';
import { IdTokens } from '../id-tokens.js';
import { TokenPolicy } from '../token-policy.js';
import { TokenResponder } from '../token-response.js';
import type { AuthorizationGrant } from './response-type.js';

/** The grant type to which an access token of the front channel counts. */
const FRONT_CHANNEL = 'implicit';

/** A part of an authorization response; a response type is made of one or several. */
export type ResponsePart = 'code' | 'token' | 'id_token';

/** Makes what an authorization response holds; response types call it with the parts that they are made of. */
@Injectable()
export class AuthorizationResponses {
  constructor(
    private readonly issuer: TokenIssuer,
    private readonly idTokens: IdTokens,
    private readonly policy: TokenPolicy,
    private readonly responder: TokenResponder,
    private readonly options: ServerOptions,
  ) {}

  /** The parameters of the response, the grant being written; undefined when it needs consent and there is none. */
  async create(
    { request, grant, ifConsented, tx }: AuthorizationGrant,
    parts: readonly ResponsePart[],
  ): Promise<Record<string, string> | undefined> {
    const code = parts.includes('code') ? generateCredential() : undefined;
    const accessToken = parts.includes('token') ? await this.draftAccessToken(request, grant) : undefined;
    const drafts = { code: code === undefined ? undefined : this.draftCode(request, code), accessToken };
    const created = await this.issuer.createGrant(grant, drafts, { ifConsented, tx });
    if (!created) return undefined;
    const token =
      accessToken && (await this.responder.issueAccessToken(request.client, FRONT_CHANNEL, created, accessToken));
    const idToken = parts.includes('id_token')
      ? await this.idTokens.issue(request.client, created, {
          nonce: request.nonce,
          accessToken: token?.access_token,
          code,
          state: request.state,
          scopeClaims: parts.length === 1,
        })
      : undefined;
    return {
      ...(code !== undefined && { code }),
      ...(token && { ...token, expires_in: String(token.expires_in) }),
      ...(idToken !== undefined && { id_token: idToken }),
    };
  }

  private draftCode(request: AuthorizationRequest, code: string): CodeDraft {
    return {
      key: credentialKey(code),
      lifetime: this.options.lifetimes.authorizationCode,
      redirectUri: request.redirectUriGiven ? request.redirectUri : undefined,
      codeChallenge: request.codeChallenge,
      nonce: request.nonce,
    };
  }

  private draftAccessToken({ client }: AuthorizationRequest, grant: GrantDraft): Promise<AccessTokenDraft> {
    const context = {
      clientId: client.id,
      grantType: FRONT_CHANNEL,
      userId: grant.userId ?? undefined,
      scope: grant.scope,
    };
    return this.issuer.draftAccessToken(context, this.policy.accessTokenLifetime(client, FRONT_CHANNEL));
  }
}
