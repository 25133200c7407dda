// A provider of OAuth 2.0 or OpenID Connect as the application uses it.
import type { EventBus } from '../events/event-bus.js';
import { ApiClient } from './api-client.js';
import { AuthorizationFlow } from './authorization-flow.js';
import { LogoutFlow } from './logout-flow.js';
import { type LogoutToken, LogoutTokens } from './logout-tokens.js';
import type {
  ApiRequestOptions,
  AssertionOptions,
  AuthorizationUrl,
  AuthorizeAccessTokenOptions,
  ClientReply,
  ClientRequest,
  IntrospectionAnswer,
  LogoutParams,
  LogoutUrl,
  OAuthClient,
} from './oauth-client.js';
import type { RequestParams, TokenContext } from './oauth-client.options.js';
import type { OAuthToken, UserInfo } from './oauth-token.js';
import type { Provider } from './provider.js';
import { TokenServices } from './token-services.js';
import type { Transactions } from './transactions.js';

/** {@link OAuthClient} of OAuth 2.0 and OpenID Connect; the registry makes them. */
export class OAuth2Client extends ApiClient implements OAuthClient {
  readonly name: string;
  readonly label: string;
  readonly protocol: OAuthClient['protocol'];
  private readonly flow: AuthorizationFlow;
  private readonly logout: LogoutFlow;
  private readonly logoutTokens: LogoutTokens;
  private readonly tokens: TokenServices;

  /** @param events where `token.updated` is told; without it, nowhere */
  constructor(
    private readonly provider: Provider,
    transactions: Transactions,
    events?: Pick<EventBus, 'emit'>,
  ) {
    super();
    const { name, label, protocol } = provider.settings;
    this.name = name;
    this.label = label;
    this.protocol = protocol;
    this.flow = new AuthorizationFlow(provider, transactions);
    this.logout = new LogoutFlow(provider, transactions);
    this.logoutTokens = new LogoutTokens(provider);
    this.tokens = new TokenServices(provider, events);
  }

  serverMetadata(): Promise<Readonly<Record<string, unknown>>> {
    return this.provider.metadata();
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

  userinfo(token?: OAuthToken, context: TokenContext = {}): Promise<UserInfo> {
    return this.tokens.userInfo.send(token, context);
  }

  request(method: string, path: string, options?: ApiRequestOptions): Promise<Response> {
    return this.tokens.calls.request(method, path, options);
  }

  refreshToken(token: OAuthToken, params: RequestParams = {}, context: TokenContext = {}): Promise<OAuthToken> {
    return this.tokens.renewal.refresh(token, params, context);
  }

  clientCredentials(options?: { scope?: string; params?: RequestParams }): Promise<OAuthToken> {
    return this.tokens.applications.clientCredentials(options);
  }

  assertionToken(options: AssertionOptions): Promise<OAuthToken> {
    return this.tokens.applications.assertion(options);
  }

  revokeToken(token: string | OAuthToken, hint?: 'access_token' | 'refresh_token'): Promise<void> {
    return this.tokens.helpers.revoke(token, hint);
  }

  introspectToken(token: string | OAuthToken, hint?: 'access_token' | 'refresh_token'): Promise<IntrospectionAnswer> {
    return this.tokens.helpers.introspect(token, hint);
  }

  createLogoutUrl(postLogoutRedirectUri?: string, params?: LogoutParams): Promise<LogoutUrl> {
    return this.logout.createUrl(postLogoutRedirectUri, params);
  }

  saveLogoutData(reply: ClientReply, logout: LogoutUrl): Promise<void> {
    return this.logout.save(reply, logout);
  }

  logoutRedirect(reply: ClientReply, postLogoutRedirectUri?: string, params?: LogoutParams): Promise<void> {
    return this.logout.redirect(reply, postLogoutRedirectUri, params);
  }

  validateLogoutResponse(
    request: ClientRequest,
    options?: { reply?: ClientReply },
  ): Promise<{ postLogoutRedirectUri: string }> {
    return this.logout.validateResponse(request, options?.reply);
  }

  validateLogoutToken(from: string | ClientRequest): Promise<LogoutToken> {
    return this.logoutTokens.verify(from);
  }
}
