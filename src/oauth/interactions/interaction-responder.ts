// Sends the browser on: to the client with the answer, or to the page of what is needed first.
import { Injectable } from '@nestjs/common';
import { type HttpReply, type HttpRequest, type OAuthResponse, seeOther } from '../../common/http.js';
import { BrowserState } from '../../sessions/browser-state.js';
import { Browser } from '../../sessions/browser.js';
import type { AuthorizationOutcome } from '../authorization.service.js';
import { UiLocales } from '../ui-locales.js';
import { InteractionLocations } from './interaction-locations.js';
import { InteractionsService } from './interactions.service.js';

@Injectable()
export class InteractionResponder {
  constructor(
    private readonly interactions: InteractionsService,
    private readonly locations: InteractionLocations,
    private readonly browser: Browser,
    private readonly browserState: BrowserState,
    private readonly uiLocales: UiLocales,
  ) {}

  /** Names the browser, if it has no name yet: the interaction is bound to it. */
  async respond(outcome: AuthorizationOutcome, request: HttpRequest, reply: HttpReply): Promise<OAuthResponse> {
    if (outcome.kind === 'response') return this.answer(outcome, request, reply);
    const sealed = await this.interactions.seal(outcome.interaction, this.browser.identify(request, reply));
    return seeOther(this.locationOf(outcome, sealed));
  }

  /** The response, once the browser has the state of who is signed in. */
  answer(
    { response, stateOf }: Extract<AuthorizationOutcome, { kind: 'response' }>,
    request: HttpRequest,
    reply: HttpReply,
  ): OAuthResponse {
    if (stateOf !== undefined) this.browserState.set(request, reply, stateOf ?? undefined);
    return response;
  }

  /** The page of what is needed. */
  locationOf(
    { kind, interaction, switchUser }: Exclude<AuthorizationOutcome, { kind: 'response' }>,
    sealed: string,
  ): string {
    const locale = this.uiLocales.choose(interaction.parameters.getAll('ui_locales')[0]);
    return this.locations.of(kind, {
      interaction: sealed,
      ...(switchUser && { switch: '1' }),
      ...(locale !== undefined && { ui_locales: locale }),
    });
  }
}
