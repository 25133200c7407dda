// The client of a provider, after the protocol that it speaks.
import type { EventBus } from '../events/event-bus.js';
import { checkModuleOptions, type OAuthClientModuleOptions } from './oauth-client-module.options.js';
import { OAuthRegistry } from './oauth-registry.js';
import { OAuth1Client } from './oauth1-client.js';
import { OAuth2Client } from './oauth2-client.js';
import { Provider } from './provider.js';
import { Transactions } from './transactions.js';

/**
 * A registry without Nest, or with options of its own inside one.
 *
 * @param transactions what waits for answers: one for all registries that share their secret keys
 * @param events where `token.updated` is told; without it, nowhere
 * @throws InputError that names every fault but those of the providers, which are told when they are used
 * @example const registry = createOAuthRegistry({ providers: { google: true }, secretKeys: [SECRET_KEY] });
 */
export function createOAuthRegistry(
  options: OAuthClientModuleOptions,
  transactions = new Transactions(checkModuleOptions(options)),
  events?: Pick<EventBus, 'emit'>,
): OAuthRegistry {
  const { providers = {}, env = process.env, overwrite, allowInsecureHosts, fetchToken, updateToken } = options;
  const registry = new OAuthRegistry({
    env,
    overwrite,
    allowInsecureHosts,
    fetchToken,
    updateToken,
    build: (settings) => {
      const provider = new Provider(settings);
      if (settings.protocol === 'oauth1') return new OAuth1Client(provider, transactions);
      return new OAuth2Client(provider, transactions, events);
    },
  });
  for (const [name, one] of Object.entries(providers)) registry.register(name, one === true ? {} : one);
  return registry;
}
