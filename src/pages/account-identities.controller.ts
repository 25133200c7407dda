// The accounts at identity providers with which somebody signs in: linked and unlinked by their owner.
import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import { type HttpReply, type HttpRequest, seeOther, sendResponse } from '../common/http.js';
import { OAuthError } from '../common/oauth-error.js';
import { Page } from '../config/page.js';
import { IdentityProviders } from '../oauth/identity-providers/identity-providers.js';
import { UpstreamSignIns } from '../oauth/identity-providers/upstream-sign-ins.js';
import { UserIdentities } from '../users/user-identities.js';
import { isFresh } from './fresh-session.js';
import { PageResponder } from './page-responder.js';

@Page('account')
@Controller('account/identities')
export class AccountIdentitiesController {
  constructor(
    private readonly pages: PageResponder,
    private readonly providers: IdentityProviders,
    private readonly upstream: UpstreamSignIns,
    private readonly identities: UserIdentities,
  ) {}

  /** Whoever has just proven who they are goes to the provider, and comes back to the callback of a sign-in. */
  @Post(':provider/link')
  async link(@Param('provider') name: string, @Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.openSignedIn(request, reply);
    if (!context) return;
    this.pages.form(context);
    const provider = this.providers.find(name);
    if (!provider) throw new OAuthError('not_found', 404, 'There is no such identity provider.');
    if (!isFresh(context.session)) return this.pages.signInAgain(context, '/account');
    const link = { userId: context.user.id, sessionId: context.session.id };
    const url = await this.upstream.begin(provider, reply, { link });
    if (url === undefined) return this.pages.seeOther(context, `/account?problem=failed&with=${name}`);
    sendResponse(reply, seeOther(url));
  }

  @Post(':id/unlink')
  async unlink(@Param('id') id: string, @Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.openSignedIn(request, reply);
    if (!context) return;
    this.pages.form(context);
    const keepLastWay = this.providers.all().map(({ name }) => name);
    const { user, session } = context;
    const unlinked = await this.identities.unlink(user.id, id, { keepLastWay, keepSession: session.id });
    if (!unlinked) throw new OAuthError('not_found', 404, 'There is no such identity.');
    this.pages.seeOther(context, `/account?${unlinked === 'last' ? 'problem=last-way' : 'notice=identityUnlinked'}`);
  }
}
