// A provider of OAuth 1.0a as the application uses it. What OAuth 1.0a does not have is refused as `unsupported`.
// @see RFC 5849 https://www.rfc-editor.org/rfc/rfc5849
import { ApiClient } from './api-client.js';
import type {
  ApiRequestOptions,
  AuthorizationUrl,
  AuthorizeAccessTokenOptions,
  ClientReply,
  ClientRequest,
  IntrospectionAnswer,
  LogoutUrl,
  OAuthClient,
} from './oauth-client.js';
import type { LogoutToken } from './logout-tokens.js';
import type { RequestParams, TokenContext } from './oauth-client.options.js';
import type { OAuthToken, UserInfo } from './oauth-token.js';
import { OAuth1Calls } from './oauth1-calls.js';
import { OAuth1Flow } from './oauth1-flow.js';
import type { Provider } from './provider.js';
import type { Transactions } from './transactions.js';

export class OAuth1Client extends ApiClient implements OAuthClient {
  readonly name: string;
  readonly label: string;
  readonly protocol = 'oauth1';
  private readonly flow: OAuth1Flow;
  private readonly calls: OAuth1Calls;

  constructor(
    private readonly provider: Provider,
    transactions: Transactions,
  ) {
    super();
    this.name = provider.name;
    this.label = provider.settings.label ?? provider.name;
    this.flow = new OAuth1Flow(provider, transactions);
    this.calls = new OAuth1Calls(provider);
  }

  /** OAuth 1.0a has no metadata: what the options say. */
  serverMetadata(): Promise<Readonly<Record<string, unknown>>> {
    const { metadata, requestTokenUrl, authorizeUrl, accessTokenUrl } = this.provider.settings;
    return Promise.resolve({
      ...metadata,
      temporary_credential_request_endpoint: requestTokenUrl,
      authorization_endpoint: authorizeUrl,
      token_endpoint: accessTokenUrl,
    });
  }

  createAuthorizationUrl(redirectUri: string, params?: RequestParams): Promise<AuthorizationUrl> {
    return this.flow.createUrl(redirectUri, params);
  }

  saveAuthorizationData(reply: ClientReply, authorization: AuthorizationUrl): Promise<void> {
    return this.flow.save(reply, authorization);
  }

  authorizeRedirect(reply: ClientReply, redirectUri: string, params?: RequestParams): Promise<void> {
    return this.flow.redirect(reply, redirectUri, params);
  }

  authorizeAccessToken(request: ClientRequest, options?: AuthorizeAccessTokenOptions): Promise<OAuthToken> {
    return this.flow.finish(request, options);
  }

  async userinfo(token?: OAuthToken, context: TokenContext = {}): Promise<UserInfo> {
    const { provider } = this;
    const { metadata, compliance } = provider.settings;
    const endpoint = metadata?.userinfo_endpoint;
    if (endpoint === undefined) throw provider.error('unsupported', 'The provider has no userinfo_endpoint.');
    const { response } = await this.calls.endpoint(endpoint, { ...context, token });
    const { status } = response;
    if (!response.ok) throw provider.error(status >= 500 ? 'provider_unavailable' : 'token_invalid', '', { status });
    const json: unknown = await response.json().catch(() => undefined);
    const more = async (path: string): Promise<unknown> => {
      if (provider.settings.apiBaseUrl === undefined) return undefined;
      const answer = await this.get(path, { ...context, token });
      return answer.ok ? answer.json().catch(() => undefined) : undefined;
    };
    const claims = compliance?.userinfo
      ? await compliance.userinfo(json, more)
      : (json as Record<string, unknown> | null);
    if (typeof claims?.sub !== 'string' || claims.sub === '')
      throw provider.error('invalid_response', 'Userinfo does not say who it is about.', { status });
    return claims as UserInfo;
  }

  request(method: string, path: string, options?: ApiRequestOptions): Promise<Response> {
    return this.calls.request(method, path, options);
  }

  refreshToken(): Promise<OAuthToken> {
    return this.lacks('refreshing tokens');
  }

  clientCredentials(): Promise<OAuthToken> {
    return this.lacks('tokens of the application itself');
  }

  assertionToken(): Promise<OAuthToken> {
    return this.lacks('assertions');
  }

  revokeToken(): Promise<void> {
    return this.lacks('revocation');
  }

  introspectToken(): Promise<IntrospectionAnswer> {
    return this.lacks('introspection');
  }

  createLogoutUrl(): Promise<LogoutUrl> {
    return this.lacks('logout');
  }

  saveLogoutData(): Promise<void> {
    return this.lacks('logout');
  }

  logoutRedirect(): Promise<void> {
    return this.lacks('logout');
  }

  validateLogoutResponse(): Promise<{ postLogoutRedirectUri: string }> {
    return this.lacks('logout');
  }

  validateLogoutToken(): Promise<LogoutToken> {
    return this.lacks('logout');
  }

  private lacks(what: string): Promise<never> {
    return Promise.reject(this.provider.error('unsupported', `OAuth 1.0a does not have ${what}.`));
  }
}
