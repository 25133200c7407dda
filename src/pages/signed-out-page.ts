// Ends the session of the browser and shows that it is done: first the clients are told by frames, if they want to be,
// then the browser goes on to where the client that asked for the logout wants it.
// @see OpenID Connect Front-Channel Logout §3, RP-Initiated Logout §3 https://openid.net/specs/openid-connect-frontchannel-1_0.html#OPLogout
import { Injectable } from '@nestjs/common';
import { seeOther, sendResponse } from '../common/http.js';
import { FrontchannelLogout } from '../oauth/logout/frontchannel-logout.js';
import { type LogoutRequest, LogoutRequests } from '../oauth/logout/logout-requests.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { clientFace } from '../clients/client-face.js';
import { type PageContext, PageResponder } from './page-responder.js';
import { UpstreamSignOut } from './upstream-sign-out.js';

/** Seconds from the moment when all frames are loaded; a script goes on at once. */
const PAUSE = 2;

@Injectable()
export class SignedOutPage {
  constructor(
    private readonly pages: PageResponder,
    private readonly logouts: LogoutRequests,
    private readonly frontchannel: FrontchannelLogout,
    private readonly sessions: SessionsService,
    private readonly upstream: UpstreamSignOut,
  ) {}

  async end(context: PageContext, logout: LogoutRequest = {}): Promise<void> {
    const { session } = context;
    if (!session) return this.show(context, logout);
    const frames = await this.frontchannel.framesOf(session);
    const upstream = await this.upstream.prepare(session, logout, context.browserId);
    await this.sessions.end(session, context.reply);
    this.show(context, logout, frames, upstream);
  }

  /** Nobody is signed in any more. @param upstream where to sign out as well, before the client is gone back to */
  show(context: PageContext, logout: LogoutRequest = {}, frames: readonly string[] = [], upstream?: string): void {
    const redirect = upstream ?? this.logouts.redirectOf(logout);
    if (redirect !== undefined && frames.length === 0) return sendResponse(context.reply, seeOther(redirect));
    const client = logout.client && clientFace(logout.client, context.language);
    const url = redirect ?? client?.uri;
    const next =
      client && url !== undefined ? { url, name: client.name, registered: redirect !== undefined } : undefined;
    const headers = redirect === undefined ? undefined : { refresh: `${PAUSE};url=${redirect}` };
    this.pages.render(context, 'signed-out', { next, frames }, { frameSources: frames, headers });
  }
}
