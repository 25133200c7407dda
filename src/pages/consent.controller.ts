// The consent page: who wants what, and where the browser goes afterwards.
// @see RFC 6749 §10.2, RFC 9700 §4.12 https://www.rfc-editor.org/rfc/rfc6749#section-10.2
import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { type HttpReply, type HttpRequest, sendResponse } from '../common/http.js';
import { InvalidRequestError } from '../common/oauth-error.js';
import { ServerOptions } from '../config/options.js';
import { Page } from '../config/page.js';
import type { AuthorizationRequest } from '../oauth/authorization-request.js';
import { AuthorizationService } from '../oauth/authorization.service.js';
import { InteractionLocations } from '../oauth/interactions/interaction-locations.js';
import { InteractionResponder } from '../oauth/interactions/interaction-responder.js';
import { type Interaction, InteractionsService } from '../oauth/interactions/interactions.service.js';
import { factsOf } from '../oauth/interactions/request-facts.js';
import { Catalogue } from '../tokens/catalogue.js';
import { clientFace } from '../clients/client-face.js';
import { type PageContext, PageResponder } from './page-responder.js';

@Page('signIn')
@Controller('consent')
export class ConsentController {
  constructor(
    private readonly pages: PageResponder,
    private readonly interactions: InteractionsService,
    private readonly locations: InteractionLocations,
    private readonly authorization: AuthorizationService,
    private readonly responder: InteractionResponder,
    private readonly catalogue: Catalogue,
    private readonly options: ServerOptions,
  ) {}

  @Get()
  async show(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.open(request, reply);
    const interaction = await this.interactions.get(context.query.get('interaction'), context.browserId);
    const outcome = await this.authorization.resume(interaction, context.session);
    if (outcome.kind === 'consent') return this.render(context, outcome.interaction, outcome.request);
    sendResponse(reply, await this.responder.respond(outcome, request, reply));
  }

  @Post()
  async decide(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.open(request, reply);
    const form = this.pages.form(context);
    const interaction = await this.interactions.get(form.get('interaction'), context.browserId);
    const decision = form.get('decision');
    if (decision !== 'allow' && decision !== 'deny')
      throw new InvalidRequestError('The form says neither allow nor deny.');
    const outcome = await this.authorization.decideConsent(interaction, context.session, decision === 'allow');
    sendResponse(reply, await this.responder.respond(outcome, request, reply));
  }

  private async render(context: PageContext, pending: Interaction, request: AuthorizationRequest): Promise<void> {
    const { redirectHost, redirectIsLocal, selfRegistered, resources } = factsOf(request);
    const client = clientFace(request.client, context.language);
    const interaction = context.query.require('interaction');
    this.pages.render(
      context,
      'consent',
      {
        action: `${this.options.basePath}/consent`,
        csrfToken: context.csrfToken,
        hidden: {
          interaction: await this.interactions.sealShown(pending, request, context.session?.userId, context.browserId),
        },
        client,
        username: context.user?.username ?? '',
        notYouUrl: this.locations.of('sign-in', { interaction, switch: '1' }),
        scopes: await this.catalogue.describeGiven(request.consentScope),
        resources,
        redirectHost,
        redirectIsLocal,
        selfRegistered,
      },
      { imgSources: [client.logoUri] },
    );
  }
}
