// The client of a provider, after the protocol that it speaks.
import type { OAuthClient } from './oauth-client.js';
import type { OAuthClientModuleOptions } from './oauth-client-module.options.js';
import { OAuthRegistry } from './oauth-registry.js';
import { OAuth1Client } from './oauth1-client.js';
import { OAuth2Client } from './oauth2-client.js';
import { Provider } from './provider.js';
import { Transactions } from './transactions.js';

/**
 * A registry without Nest, or with options of its own inside one.
 *
 * @throws InputError when the name of a provider is none
 * @example const registry = createOAuthRegistry({ providers: { google: true }, secretKeys: [process.env.SECRET_KEY] });
 */
export function createOAuthRegistry(
  options: OAuthClientModuleOptions,
  transactions = new Transactions(options),
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
      return new OAuth2Client(provider, transactions) as Pick<OAuthClient, keyof OAuth2Client> as OAuthClient;
    },
  });
  for (const [name, one] of Object.entries(providers)) registry.register(name, one === true ? {} : one);
  return registry;
}
