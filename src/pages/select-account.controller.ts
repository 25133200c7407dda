// Which account to go on with: asked when the client wants it.
// @see OIDC Core §3.1.2.1 https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { type HttpReply, type HttpRequest, sendResponse } from '../common/http.js';
import { InvalidRequestError } from '../common/oauth-error.js';
import { ServerOptions } from '../config/options.js';
import { Page } from '../config/page.js';
import type { AuthorizationRequest } from '../oauth/authorization-request.js';
import { AuthorizationService } from '../oauth/authorization.service.js';
import { InteractionLocations } from '../oauth/interactions/interaction-locations.js';
import { InteractionResponder } from '../oauth/interactions/interaction-responder.js';
import { InteractionsService } from '../oauth/interactions/interactions.service.js';
import { clientFace } from '../clients/client-face.js';
import { type PageContext, PageResponder } from './page-responder.js';

@Page('signIn')
@Controller('select-account')
export class SelectAccountController {
  constructor(
    private readonly pages: PageResponder,
    private readonly interactions: InteractionsService,
    private readonly locations: InteractionLocations,
    private readonly authorization: AuthorizationService,
    private readonly responder: InteractionResponder,
    private readonly options: ServerOptions,
  ) {}

  @Get()
  async show(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.open(request, reply);
    const interaction = await this.interactions.get(context.query.get('interaction'), context.browserId);
    const outcome = await this.authorization.resume(interaction, context.session);
    if (outcome.kind === 'select-account') return this.render(context, outcome.request);
    sendResponse(reply, await this.responder.respond(outcome, request, reply));
  }

  @Post()
  async decide(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.open(request, reply);
    const form = this.pages.form(context);
    const interaction = await this.interactions.get(form.get('interaction'), context.browserId);
    if (form.get('decision') !== 'continue') throw new InvalidRequestError('The form does not say to continue.');
    const outcome = await this.authorization.selectAccount(interaction, context.session);
    sendResponse(reply, await this.responder.respond(outcome, request, reply));
  }

  private render(context: PageContext, request: AuthorizationRequest): void {
    const client = clientFace(request.client, context.language);
    const interaction = context.query.require('interaction');
    this.pages.render(
      context,
      'select-account',
      {
        action: `${this.options.basePath}/select-account`,
        csrfToken: context.csrfToken,
        hidden: { interaction },
        client,
        username: context.user?.username ?? '',
        name: context.user?.claims.name,
        otherUrl: this.locations.of('sign-in', { interaction, switch: '1' }),
      },
      { imgSources: [client.logoUri] },
    );
  }
}
