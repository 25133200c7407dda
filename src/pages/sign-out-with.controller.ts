// Signing out with an identity provider: there as well, and when the provider says that people have signed out there.
// @see OpenID Connect RP-Initiated Logout §3, Back-Channel Logout §2.5–2.8 https://openid.net/specs/openid-connect-backchannel-1_0.html#BCRequest
import { Controller, Get, Logger, Param, Post, Req, Res } from '@nestjs/common';
import { type HttpReply, type HttpRequest, jsonResponse, NO_STORE, sendResponse } from '../common/http.js';
import { IdentityProviders } from '../oauth/identity-providers/identity-providers.js';
import { SessionIdentities } from '../oauth/identity-providers/session-identities.js';
import type { LogoutToken } from '../relying-party/logout-tokens.js';
import { OAuthClientError } from '../relying-party/oauth-client-error.js';
import type { LogoutRequest } from '../oauth/logout/logout-requests.js';
import { type PageContext, PageResponder } from './page-responder.js';
import { SignedOutPage } from './signed-out-page.js';
import { UpstreamSignOut } from './upstream-sign-out.js';

@Controller('sign-in/with/:provider')
export class SignOutWithController {
  private readonly logger = new Logger('IdentityProviders');

  constructor(
    private readonly pages: PageResponder,
    private readonly signedOut: SignedOutPage,
    private readonly upstream: UpstreamSignOut,
    private readonly providers: IdentityProviders,
    private readonly sessionIdentities: SessionIdentities,
  ) {}

  /** The session here has ended: on to the provider. */
  @Get('sign-out')
  async signOut(@Param('provider') name: string, @Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const provider = this.providers.get(name);
    const context = await this.pages.open(request, reply);
    const logout = await this.upstream.send(provider, context);
    if (logout) this.show(context, logout);
  }

  /** Back from the provider: on to the client that asked. */
  @Get('signed-out')
  async finish(@Param('provider') name: string, @Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const provider = this.providers.get(name);
    const context = await this.pages.open(request, reply);
    this.show(context, await this.upstream.finish(provider, context));
  }

  /** The provider itself says that a session there has ended. */
  @Post('backchannel-logout')
  async backchannel(
    @Param('provider') name: string,
    @Req() request: HttpRequest,
    @Res() reply: HttpReply,
  ): Promise<void> {
    const { client } = this.providers.get(name);
    let token: LogoutToken;
    try {
      token = await client.validateLogoutToken(request);
    } catch (error) {
      if (!(error instanceof OAuthClientError)) throw error;
      this.logger.warn({ provider: name, error: error.code, reason: error.description }, 'logout token refused');
      // §2.8: whoever sends it may do so again where it was not the token's fault.
      const isOurs = error.code === 'provider_unavailable';
      const body = { error: 'invalid_request', error_description: 'The logout token is not accepted.' };
      return sendResponse(reply, jsonResponse(isOurs ? 503 : 400, body, NO_STORE));
    }
    try {
      await this.sessionIdentities.end(token);
    } catch (error) {
      token.release();
      throw error;
    }
    sendResponse(reply, { status: 200, headers: { ...NO_STORE }, body: '' });
  }

  /** A link alone signs nobody out, and whoever is signed in is not told so. */
  private show(context: PageContext, logout: LogoutRequest): void {
    if (context.user && Object.keys(logout).length === 0) return this.pages.seeOther(context, '/');
    this.signedOut.show(context, logout);
  }
}
