// Sends the browser on: to the client with the answer, or to the page of what is needed first.
import { Injectable } from '@nestjs/common';
import { type HttpReply, type HttpRequest, type OAuthResponse, seeOther } from '../../common/http.js';
import { ServerOptions } from '../../config/options.js';
import { BrowserState } from '../../sessions/browser-state.js';
import { Browser } from '../../sessions/browser.js';
import type { AuthorizationOutcome } from '../authorization.service.js';
import { UiLocales } from '../ui-locales.js';
import { InteractionsService } from './interactions.service.js';

@Injectable()
export class InteractionResponder {
  constructor(
    private readonly interactions: InteractionsService,
    private readonly browser: Browser,
    private readonly browserState: BrowserState,
    private readonly uiLocales: UiLocales,
    private readonly options: ServerOptions,
  ) {}

  /** Names the browser, if it has no name yet: the interaction is bound to it. */
  async respond(outcome: AuthorizationOutcome, request: HttpRequest, reply: HttpReply): Promise<OAuthResponse> {
    if (outcome.kind === 'response') {
      if (outcome.stateOf !== undefined) this.browserState.set(request, reply, outcome.stateOf ?? undefined);
      return outcome.response;
    }
    const sealed = await this.interactions.seal(outcome.interaction, this.browser.identify(request, reply));
    const others = outcome.switchUser ? '&switch=1' : '';
    const language = this.uiLocales.carriedFrom(outcome.interaction.parameters);
    return seeOther(`${this.options.basePath}/${outcome.kind}?interaction=${sealed}${others}${language}`);
  }
}
