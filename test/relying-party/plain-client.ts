// A client of a provider with what is tested here alone: its calls and tokens, without a browser.
import { EventBus } from '../../src/events/event-bus.js';
import type { OAuthEvents } from '../../src/events/events.js';
import { OAuth2Client } from '../../src/relying-party/oauth2-client.js';
import type { OAuthClientOptions } from '../../src/relying-party/oauth-client.options.js';
import { Provider } from '../../src/relying-party/provider.js';
import { settingsOf } from '../../src/relying-party/provider-settings.js';
import { Transactions } from '../../src/relying-party/transactions.js';

export interface TestedClient {
  client: OAuth2Client;
  /** The payloads of `token.updated`. */
  updates: OAuthEvents['token.updated'][];
}

export function clientOf(options: OAuthClientOptions, name = 'plain'): TestedClient {
  const events = new EventBus();
  const updates: OAuthEvents['token.updated'][] = [];
  events.on('token.updated', (update) => void updates.push(update));
  const provider = new Provider(settingsOf(name, options));
  return { client: new OAuth2Client(provider, new Transactions({}), events), updates };
}

/** What a promise is refused with. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}
