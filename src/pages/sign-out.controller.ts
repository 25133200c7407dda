// Signing out, asked for by people themselves or by a client. A link on somebody's page must not be enough: unless the
// client proves that it belongs to the session, there is a question first.
// @see OpenID Connect RP-Initiated Logout §2, §3 https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout
import { All, Req, Res } from '@nestjs/common';
import { type HttpReply, type HttpRequest, type OAuthRequest, toOAuthRequest } from '../common/http.js';
import { MethodNotAllowedError } from '../common/oauth-error.js';
import { type Parameters, parseForm } from '../common/parameters.js';
import { ServerOptions } from '../config/options.js';
import { Endpoint, type EndpointResponder } from '../oauth/endpoints/endpoint.js';
import { parseFormBody } from '../oauth/endpoints/form.js';
import { type LogoutRequest, LogoutRequests } from '../oauth/logout/logout-requests.js';
import { clientFace } from '../clients/client-face.js';
import { type PageContext, PageResponder } from './page-responder.js';
import { SignedOutPage } from './signed-out-page.js';

const PATH = '/oauth/logout';
/** A logout request, sealed: in the form of the question, and in the URL after a client has posted it. */
const SEALED = 'logout';

@Endpoint({
  name: 'end_session',
  path: PATH,
  methods: ['GET', 'POST'],
  metadata: 'end_session_endpoint',
  capabilities: { frontchannel_logout_supported: true, frontchannel_logout_session_supported: true },
})
export class SignOutController implements Partial<EndpointResponder> {
  constructor(
    private readonly pages: PageResponder,
    private readonly logouts: LogoutRequests,
    private readonly signedOut: SignedOutPage,
    private readonly options: ServerOptions,
  ) {}

  @All()
  async signOut(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.open(request, reply);
    if (request.method === 'GET') return this.ask(context, await this.read(context.query));
    if (request.method !== 'POST') throw new MethodNotAllowedError(['GET', 'POST']);
    const form = parseFormBody(toOAuthRequest(request));
    const logout = await this.read(form);
    if (form.has('decision') || form.has('csrf_token')) return this.decide(context, logout);
    // A client's form, without the cookies of a cross-site one: it comes back by GET.
    const sealed = await this.logouts.seal(logout);
    this.pages.seeOther(context, sealed === undefined ? PATH : `${PATH}?${SEALED}=${sealed}`);
  }

  /** For pages of a host's own. */
  validate(request: OAuthRequest): Promise<LogoutRequest> {
    return this.logouts.read(request.method === 'POST' ? parseFormBody(request) : parseForm(request.query));
  }

  private async ask(context: PageContext, logout: LogoutRequest): Promise<void> {
    const { session, user } = context;
    if (!session || !user) return this.signedOut.show(context, logout);
    if (await this.logouts.isOfSession(logout, session)) return this.signedOut.end(context, logout);
    const sealed = await this.logouts.seal(logout);
    const client = logout.client && clientFace(logout.client, context.language);
    this.pages.render(
      context,
      'sign-out',
      {
        action: `${this.options.basePath}${PATH}`,
        csrfToken: context.csrfToken,
        hidden: sealed === undefined ? {} : { [SEALED]: sealed },
        username: user.username,
        client,
      },
      { imgSources: [client?.logoUri] },
    );
  }

  private async decide(context: PageContext, logout: LogoutRequest): Promise<void> {
    // It was done before, e.g. in another tab.
    if (!context.session) return this.signedOut.show(context, logout);
    if (this.pages.form(context).get('decision') !== 'confirm') return this.pages.seeOther(context, '/');
    await this.signedOut.end(context, logout);
  }

  private read(sent: Parameters): Promise<LogoutRequest> {
    const sealed = sent.get(SEALED);
    return sealed === undefined ? this.logouts.read(sent) : this.logouts.open(sealed);
  }
}
