// Tells whoever keeps tokens that one has been renewed: the hook `updateToken`, and the event.
import type { EventBus } from '../events/event-bus.js';
import type { RenewedBy } from '../events/events.js';
import type { ReplacedToken, TokenContext } from './oauth-client.options.js';
import type { OAuthToken } from './oauth-token.js';
import type { Provider } from './provider.js';

export class TokenUpdates {
  constructor(
    private readonly provider: Provider,
    private readonly events: Pick<EventBus, 'emit'> | undefined,
  ) {}

  /**
   * Waits until the token is kept.
   * @throws whatever `updateToken` throws
   */
  async tell(token: OAuthToken, replaced: ReplacedToken, grantType: RenewedBy, context: TokenContext): Promise<void> {
    await this.provider.settings.updateToken?.(token, replaced, context);
    this.events?.emit('token.updated', {
      provider: this.provider.name,
      grantType,
      ...(token.userinfo && { subject: token.userinfo.sub }),
    });
  }
}
