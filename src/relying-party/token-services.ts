// All that is done with the tokens of one provider, put together.
import type { EventBus } from '../events/event-bus.js';
import { ApplicationTokens } from './application-tokens.js';
import { AssertionSigner } from './assertion-signer.js';
import type { Provider } from './provider.js';
import { ProviderCalls } from './provider-calls.js';
import { TokenEndpoint } from './token-endpoint.js';
import { TokenHelpers } from './token-helpers.js';
import { TokenRenewal } from './token-renewal.js';
import { TokenUpdates } from './token-updates.js';
import { TokenUse } from './token-use.js';
import { UserInfoRequest } from './user-info-request.js';

export class TokenServices {
  readonly calls: ProviderCalls;
  readonly userInfo: UserInfoRequest;
  readonly renewal: TokenRenewal;
  readonly applications: ApplicationTokens;
  readonly helpers: TokenHelpers;

  /** @param events where `token.updated` is told; without it, nowhere */
  constructor(provider: Provider, events?: Pick<EventBus, 'emit'>) {
    const endpoint = new TokenEndpoint(provider);
    const updates = new TokenUpdates(provider, events);
    this.applications = new ApplicationTokens(provider, endpoint, new AssertionSigner(provider), updates);
    this.renewal = new TokenRenewal(provider, endpoint, this.applications, updates);
    this.calls = new ProviderCalls(provider, new TokenUse(this.renewal));
    this.userInfo = new UserInfoRequest(provider, this.calls);
    this.helpers = new TokenHelpers(provider, this.applications);
  }
}
