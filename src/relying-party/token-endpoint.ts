// Grants that no browser comes back for: refresh tokens, the client's own credentials, assertions.
// @see RFC 6749 §4.4, §6, RFC 7523 §2.1 https://www.rfc-editor.org/rfc/rfc6749#section-6
import { IdTokens } from './id-tokens.js';
import type { RequestParams } from './oauth-client.options.js';
import { OAuthClientError } from './oauth-client-error.js';
import type { OAuthToken, UserInfo } from './oauth-token.js';
import type { Provider } from './provider.js';
import { repeated } from './request-params.js';
import { TokenRequests } from './token-requests.js';

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export class TokenEndpoint {
  private readonly requests: TokenRequests;
  private readonly idTokens: IdTokens;

  constructor(private readonly provider: Provider) {
    this.requests = new TokenRequests(provider);
    this.idTokens = new IdTokens(provider);
  }

  /**
   * What the answer says: {@link succeed} makes it the whole token.
   * @throws OAuthClientError
   */
  async refresh(
    { refresh_token: refreshToken = '', userinfo }: OAuthToken,
    params: RequestParams,
  ): Promise<OAuthToken> {
    const { refreshTokenUrl, refreshTokenParams, compliance, protocol } = this.provider.settings;
    const parameters = repeated({ ...refreshTokenParams, ...params });
    const answer = await this.requests.run(
      (openid, configuration, options) => openid.refreshTokenGrant(configuration, refreshToken, parameters, options),
      {
        tokenEndpoint: refreshTokenUrl,
        request: compliance.refreshTokenRequest,
        response: compliance.refreshTokenResponse,
      },
    );
    const { id_token: idToken, ...rest } = answer;
    if (idToken === undefined || (protocol !== 'oidc' && !userinfo)) return answer;
    const claims = await this.claimsOf(idToken, answer);
    // The refresh token may have been used up for these: they are not thrown away because keys cannot be had.
    if (!claims) return rest;
    // OIDC Core §12.2
    if (userinfo && (claims.sub !== userinfo.sub || claims.iss !== (userinfo.iss ?? claims.iss)))
      throw this.provider.error('mismatching_subject', 'The renewed ID token is about somebody else.');
    return { ...answer, userinfo: claims };
  }

  /** Undefined when nobody can tell what it is worth. */
  private async claimsOf(idToken: string, { access_token: accessToken }: OAuthToken): Promise<UserInfo | undefined> {
    try {
      return await this.idTokens.verify(idToken, { accessToken });
    } catch (error) {
      if (error instanceof OAuthClientError && error.code === 'provider_unavailable') return undefined;
      throw error;
    }
  }

  /** @throws OAuthClientError */
  clientCredentials(params: RequestParams): Promise<OAuthToken> {
    const { accessTokenParams, compliance } = this.provider.settings;
    const parameters = repeated({ ...accessTokenParams, ...params });
    return this.requests.run(
      (openid, configuration, options) => openid.clientCredentialsGrant(configuration, parameters, options),
      { response: compliance.accessTokenResponse },
    );
  }

  /** @throws OAuthClientError */
  assertion(assertion: string, params: RequestParams): Promise<OAuthToken> {
    const { accessTokenParams, compliance } = this.provider.settings;
    const parameters = repeated({ ...accessTokenParams, ...params, assertion });
    return this.requests.run(
      (openid, configuration, options) => openid.genericGrantRequest(configuration, JWT_BEARER, parameters, options),
      { response: compliance.accessTokenResponse },
    );
  }
}
