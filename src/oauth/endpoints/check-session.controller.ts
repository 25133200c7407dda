// The page that clients embed to learn, without asking the server, whether the sign-in that they know of still stands.
// @see OpenID Connect Session Management §3.2 https://openid.net/specs/openid-connect-session-1_0.html#OPiframe
import type { OAuthResponse } from '../../common/http.js';
import { ServerOptions } from '../../config/options.js';
import { BrowserState } from '../../sessions/browser-state.js';
import { EndpointController } from './endpoint-controller.js';
import { Endpoint } from './endpoint.js';

@Endpoint({ name: 'check_session', path: '/oauth/check-session', methods: ['GET'], metadata: 'check_session_iframe' })
export class CheckSessionController extends EndpointController {
  private readonly page: OAuthResponse;

  constructor(state: BrowserState, { basePath }: ServerOptions) {
    super();
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

  respond(): OAuthResponse {
    return this.page;
  }
}
