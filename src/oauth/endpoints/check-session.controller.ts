// The page that clients embed to learn, without asking the server, whether the sign-in that they know of still stands.
// @see OpenID Connect Session Management §3.2 https://openid.net/specs/openid-connect-session-1_0.html#OPiframe
import { All, Req, Res } from '@nestjs/common';
import type { HttpReply, HttpRequest, OAuthResponse } from '../../common/http.js';
import { ServerOptions } from '../../config/options.js';
import { BrowserState } from '../../sessions/browser-state.js';
import { EndpointHandler } from './endpoint-handler.js';
import { Endpoint } from './endpoint.js';

@Endpoint({ name: 'check_session', path: '/oauth/check-session', methods: ['GET'], metadata: 'check_session_iframe' })
export class CheckSessionController {
  private readonly page: OAuthResponse;

  constructor(
    private readonly handler: EndpointHandler,
    state: BrowserState,
    { basePath }: ServerOptions,
  ) {
    this.page = {
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        // Any page may embed it: it shows nothing, and answers only who knows a session_state of its own origin.
        'content-security-policy': "default-src 'none'; script-src 'self'; base-uri 'none'",
        'referrer-policy': 'no-referrer',
        'cache-control': 'public, max-age=300',
      },
      body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Session</title></head>
<body><script src="${basePath}/assets/check-session.js" data-cookie="${state.cookieName}"></script></body></html>`,
    };
  }

  @All()
  respond(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.handler.answer(this, request, reply, () => Promise.resolve(this.page));
  }
}
