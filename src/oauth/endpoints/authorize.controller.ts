// The authorization endpoint.
// @see RFC 6749 §3.1 https://www.rfc-editor.org/rfc/rfc6749#section-3.1
import { All, Req, Res } from '@nestjs/common';
import { type HttpReply, type HttpRequest, seeOther, sendResponse, toOAuthRequest } from '../../common/http.js';
import { MethodNotAllowedError } from '../../common/oauth-error.js';
import { type Parameters, parseForm } from '../../common/parameters.js';
import { ServerOptions } from '../../config/options.js';
import { Browser } from '../../sessions/browser.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import type { SentRequest } from '../authorization-request.js';
import { AuthorizationService } from '../authorization.service.js';
import { IdentityProviders } from '../identity-providers/identity-providers.js';
import { InteractionError } from '../interactions/interaction-error.js';
import { InteractionResponder } from '../interactions/interaction-responder.js';
import { type Interaction, InteractionsService } from '../interactions/interactions.service.js';
import { UiLocales } from '../ui-locales.js';
import { Endpoint } from './endpoint.js';
import { parseFormBody } from './form.js';

const PATH = '/oauth/authorize';
/** A request that was posted, sealed, on its way to the GET that has the browser's cookies. */
const POSTED = 'posted_request';

@Endpoint({ name: 'authorization', path: PATH, methods: ['GET', 'POST'], metadata: 'authorization_endpoint' })
export class AuthorizeController {
  constructor(
    private readonly authorization: AuthorizationService,
    private readonly interactions: InteractionsService,
    private readonly responder: InteractionResponder,
    private readonly sessions: SessionsService,
    private readonly uiLocales: UiLocales,
    private readonly browser: Browser,
    private readonly providers: IdentityProviders,
    private readonly options: ServerOptions,
  ) {}

  /** Errors that must not be redirected are thrown: the pages show them. */
  @All()
  async authorize(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const one = toOAuthRequest(request);
    if (one.method === 'POST') {
      const posted = await this.authorization.accept(parseFormBody(one));
      if ('status' in posted) return sendResponse(reply, posted);
      const sealed = await this.interactions.sealPosted(posted);
      const language = this.uiLocales.carriedFrom(posted.parameters);
      return sendResponse(reply, seeOther(`${this.options.basePath}${PATH}?${POSTED}=${sealed}${language}`));
    }
    if (one.method !== 'GET') throw new MethodNotAllowedError(['GET', 'POST']);
    const sent = await this.read(parseForm(one.query));
    const session = await this.sessions.find(request);
    const outcome = await this.authorization.authorize(sent, session);
    const url = outcome.kind === 'sign-in' ? await this.hinted(outcome.interaction, request, reply) : undefined;
    sendResponse(reply, url === undefined ? await this.responder.respond(outcome, request, reply) : seeOther(url));
  }

  /** Where the identity provider is begun with that the client names; undefined without one that there is. */
  private async hinted(interaction: Interaction, request: HttpRequest, reply: HttpReply): Promise<string | undefined> {
    const { parameters } = interaction;
    const provider = this.providers.find(parameters.get('idp_hint') ?? parameters.get('kc_idp_hint') ?? '');
    if (!provider) return undefined;
    const sealed = await this.interactions.seal(interaction, this.browser.identify(request, reply));
    return this.providers.links({ interaction: sealed }).find(({ name }) => name === provider.name)?.url;
  }

  private async read(parameters: Parameters): Promise<SentRequest> {
    if (!parameters.has(POSTED) || parameters.has('client_id')) return { parameters, unpacked: false };
    const posted = await this.interactions.openPosted(parameters.require(POSTED));
    if (!posted) throw new InteractionError('The request has expired. Go back to the application and start again.');
    return posted;
  }
}
