// The interaction that a page belongs to, brought back by its link or its form.
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.js';
import { ClientsService } from '../clients/clients.service.js';
import { InvalidRequestError } from '../common/oauth-error.js';
import type { Parameters } from '../common/parameters.js';
import type { AuthorizationRequest } from '../oauth/authorization-request.js';
import { InteractionError } from '../oauth/interactions/interaction-error.js';
import { type Interaction, InteractionsService, shownOf } from '../oauth/interactions/interactions.service.js';
import type { PageContext } from './page-responder.js';

@Injectable()
export class PageInteractions {
  constructor(
    private readonly interactions: InteractionsService,
    private readonly clients: ClientsService,
  ) {}

  /**
   * @returns undefined when the page stands for itself
   * @throws InteractionError when it was changed, has expired or belongs to another browser
   */
  async find({ browserId }: PageContext, sent: Parameters): Promise<Interaction | undefined> {
    const sealed = sent.get('interaction');
    if (sealed === undefined) return undefined;
    const interaction = await this.interactions.open(sealed, browserId);
    if (!interaction)
      throw new InteractionError(
        'This request has expired or belongs to another browser. Go back to the application and start again.',
      );
    return interaction;
  }

  /** @throws InvalidRequestError */
  async get(context: PageContext, sent: Parameters): Promise<Interaction> {
    const interaction = await this.find(context, sent);
    if (!interaction)
      throw new InvalidRequestError('This page is reached from an application. Go back to it and start again.');
    return interaction;
  }

  /** The interaction as the hidden field of a form that shows the request. */
  async sealShown(
    { browserId = '' }: PageContext,
    interaction: Interaction,
    request: AuthorizationRequest,
  ): Promise<string> {
    return this.interactions.seal({ ...interaction, shown: shownOf(request) }, browserId);
  }

  /** The client that waits; undefined when it was deleted meanwhile. */
  clientOf(interaction: Interaction): Promise<Client | undefined> {
    return this.clients.find(interaction.parameters.get('client_id') ?? '');
  }
}
