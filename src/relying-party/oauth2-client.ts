// A provider of OAuth 2.0 or OpenID Connect as the application uses it.
import { AuthorizationFlow } from './authorization-flow.js';
import { LogoutFlow } from './logout-flow.js';
import { type LogoutToken, LogoutTokens } from './logout-tokens.js';
import type {
  AuthorizationUrl,
  AuthorizeAccessTokenOptions,
  ClientReply,
  ClientRequest,
  LogoutParams,
  OAuthClient,
} from './oauth-client.js';
import type { RequestParams } from './oauth-client.options.js';
import type { OAuthToken } from './oauth-token.js';
import type { Provider } from './provider.js';
import type { Transactions } from './transactions.js';

/** What is there so far of {@link OAuthClient}. */
type Flow =
  | 'name'
  | 'label'
  | 'protocol'
  | 'serverMetadata'
  | 'createAuthorizationUrl'
  | 'saveAuthorizationData'
  | 'authorizeRedirect'
  | 'authorizeAccessToken'
  | 'createLogoutUrl'
  | 'logoutRedirect'
  | 'validateLogoutResponse'
  | 'validateLogoutToken';

export class OAuth2Client implements Pick<OAuthClient, Flow> {
  readonly name: string;
  readonly label: string;
  readonly protocol: OAuthClient['protocol'];
  private readonly flow: AuthorizationFlow;
  private readonly logout: LogoutFlow;
  private readonly logoutTokens: LogoutTokens;

  constructor(
    private readonly provider: Provider,
    transactions: Transactions,
  ) {
    const { name, label, protocol } = provider.settings;
    this.name = name;
    this.label = label;
    this.protocol = protocol;
    this.flow = new AuthorizationFlow(provider, transactions);
    this.logout = new LogoutFlow(provider, transactions);
    this.logoutTokens = new LogoutTokens(provider);
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

  createLogoutUrl(
    postLogoutRedirectUri?: string,
    params?: LogoutParams,
  ): Promise<{ url: string; state: string | undefined }> {
    return this.logout.createUrl(postLogoutRedirectUri, params);
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
