// The consent page: who wants what, and where the browser goes afterwards.
// @see RFC 6749 §10.2, RFC 9700 §4.12 https://www.rfc-editor.org/rfc/rfc6749#section-10.2
import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { type HttpReply, type HttpRequest, sendResponse } from '../common/http.js';
import { InvalidRequestError } from '../common/oauth-error.js';
import { isLocalRedirect } from '../common/redirect-uri.js';
import { ServerOptions } from '../config/options.js';
import type { AuthorizationRequest } from '../oauth/authorization-request.js';
import { AuthorizationService } from '../oauth/authorization.service.js';
import { InteractionResponder } from '../oauth/interactions/interaction-responder.js';
import type { Interaction } from '../oauth/interactions/interactions.service.js';
import { Catalogue } from '../tokens/catalogue.js';
import { clientFace } from './client-face.js';
import { PageInteractions } from './page-interactions.js';
import { type PageContext, PageResponder } from './page-responder.js';

@Controller('consent')
export class ConsentController {
  constructor(
    private readonly pages: PageResponder,
    private readonly interactions: PageInteractions,
    private readonly authorization: AuthorizationService,
    private readonly responder: InteractionResponder,
    private readonly catalogue: Catalogue,
    private readonly options: ServerOptions,
  ) {}

  @Get()
  async show(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.open(request, reply);
    const interaction = await this.interactions.get(context, context.query);
    const outcome = await this.authorization.resume(interaction, context.session);
    if (outcome.kind === 'consent') return this.render(context, outcome.interaction, outcome.request);
    sendResponse(reply, await this.responder.respond(outcome, request, reply));
  }

  @Post()
  async decide(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.open(request, reply);
    const form = this.pages.form(context);
    const interaction = await this.interactions.get(context, form);
    const decision = form.get('decision');
    if (decision !== 'allow' && decision !== 'deny')
      throw new InvalidRequestError('The form says neither allow nor deny.');
    const outcome = await this.authorization.decideConsent(interaction, context.session, decision === 'allow');
    sendResponse(reply, await this.responder.respond(outcome, request, reply));
  }

  private async render(context: PageContext, pending: Interaction, request: AuthorizationRequest): Promise<void> {
    const { redirectUri } = request;
    const client = clientFace(request.client, context.language);
    const interaction = context.query.require('interaction');
    const redirect = new URL(redirectUri);
    this.pages.render(
      context,
      'consent',
      {
        action: `${this.options.basePath}/consent`,
        csrfToken: context.csrfToken,
        hidden: { interaction: await this.interactions.sealShown(context, pending, request) },
        client,
        username: context.user?.username ?? '',
        notYouUrl: `${this.options.basePath}/sign-in?${new URLSearchParams({ interaction, switch: '1' }).toString()}`,
        scopes: await this.catalogue.describeGiven(request.consentScope),
        resources: request.resources.map(({ identifier, name }) => ({ identifier, name })),
        redirectHost: redirect.host === '' ? redirect.protocol : redirect.host,
        redirectIsLocal: isLocalRedirect(redirectUri),
        selfRegistered: request.client.ownerId !== null || request.client.selfRegistered,
      },
      { imgSources: [client.logoUri] },
    );
  }
}
