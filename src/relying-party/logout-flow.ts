// Signing out at the provider, and the way back.
// @see OpenID Connect RP-Initiated Logout §2, §3 https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout
import { randomBytes } from 'node:crypto';
import { seeOther, sendResponse } from '../common/http.js';
import { appendQuery } from '../common/url.js';
import type { ClientReply, ClientRequest, LogoutParams, LogoutUrl } from './oauth-client.js';
import { queryOf } from './own-url.js';
import type { Provider } from './provider.js';
import type { Transactions } from './transactions.js';

export class LogoutFlow {
  constructor(
    private readonly provider: Provider,
    private readonly transactions: Transactions,
  ) {}

  /**
   * Where to send the browser. There is a state only where there is a redirect URI: it comes back with nothing else.
   * @throws OAuthClientError `unsupported` when the provider has no `end_session_endpoint`
   */
  async createUrl(postLogoutRedirectUri?: string, params: LogoutParams = {}): Promise<LogoutUrl> {
    const { end_session_endpoint: endpoint } = await this.provider.metadata();
    if (typeof endpoint !== 'string')
      throw this.provider.error('unsupported', 'The provider has no end_session_endpoint.');
    const state =
      postLogoutRedirectUri === undefined ? undefined : (params.state ?? randomBytes(24).toString('base64url'));
    const query = {
      id_token_hint: params.idTokenHint,
      logout_hint: params.logoutHint,
      client_id: params.clientId ?? this.provider.settings.clientId,
      post_logout_redirect_uri: postLogoutRedirectUri,
      state,
      ui_locales: params.uiLocales,
    };
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return { url: appendQuery(endpoint, Object.fromEntries(given)), state, postLogoutRedirectUri };
  }

  /** Binds the state, where there is one, to the browser of this reply. */
  async save(reply: ClientReply, { state, postLogoutRedirectUri }: LogoutUrl): Promise<void> {
    if (state === undefined || postLogoutRedirectUri === undefined) return;
    await this.transactions.begin(reply, {
      kind: 'logout',
      provider: this.provider.name,
      state,
      data: { postLogoutRedirectUri },
      redirectUri: postLogoutRedirectUri,
    });
  }

  async redirect(reply: ClientReply, postLogoutRedirectUri?: string, params?: LogoutParams): Promise<void> {
    const logout = await this.createUrl(postLogoutRedirectUri, params);
    await this.save(reply, logout);
    sendResponse(reply, seeOther(logout.url));
  }

  /**
   * The way back: once, in the same browser.
   * @throws OAuthClientError `mismatching_state`
   */
  async validateResponse(request: ClientRequest, reply?: ClientReply): Promise<{ postLogoutRedirectUri: string }> {
    const states = queryOf(request).getAll('state');
    if (states.length !== 1) throw this.provider.error('mismatching_state', 'The answer has no state, or several.');
    const name = { kind: 'logout', provider: this.provider.name, state: states[0], reply } as const;
    const data = await this.transactions.finish(request, name);
    if (!data) {
      const description = 'No sign-out that waits for an answer was begun in this browser.';
      throw this.provider.error('mismatching_state', description);
    }
    return { postLogoutRedirectUri: String(data.postLogoutRedirectUri) };
  }
}
