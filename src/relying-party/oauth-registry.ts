// Every provider that the application knows, by name. A client is built when it is first asked for.
import { InputError } from '../common/input-error.js';
import type { OAuthClient } from './oauth-client.js';
import type { OAuthClientOptions } from './oauth-client.options.js';
import { variableOf } from './provider-keys.js';
import {
  type ProviderSettings,
  PROVIDER_NAME,
  PROVIDER_NAME_RULE,
  settingsOf,
  type SettingsSources,
} from './provider-settings.js';

/** Makes the client of a provider. */
export type OAuthClientBuilder = (settings: ProviderSettings) => OAuthClient;

/** Of one registration. */
export interface RegisterOptions {
  /**
   * Takes the place of an earlier registration, and lets the environment go before the options.
   * @default false
   */
  overwrite?: boolean;
  /** A client of one's own in place of the built-in one. */
  build?: OAuthClientBuilder;
}

/** Of a registry. */
export interface RegistrySettings extends SettingsSources, Pick<OAuthClientOptions, 'fetchToken' | 'updateToken'> {
  build: OAuthClientBuilder;
}

interface Registration extends RegisterOptions {
  options: OAuthClientOptions;
  client?: OAuthClient;
}

/**
 * Every provider that the application knows, by name.
 *
 * @example
 * registry.register('corp', { serverMetadataUrl: 'https://login.corp.example', clientId: 'wiki', scope: 'openid' });
 * const client = registry.get('corp'); // its secret is CORP_CLIENT_SECRET
 */
export class OAuthRegistry {
  private readonly registrations = new Map<string, Registration>();

  constructor(private readonly settings: RegistrySettings) {}

  /**
   * Makes a provider known; what is wrong with it is told when its client is first asked for.
   *
   * @param name lower-case letters, digits, `_` and `-`; in upper case it begins the variables of the environment
   * @param options what is missing comes from the environment: `GOOGLE_CLIENT_ID` for `google` and `clientId`
   * @throws InputError when the name is none, is registered already and `overwrite` was not said, or differs from another
   *   one in `-` and `_` alone
   */
  register(name: string, options: OAuthClientOptions = {}, how: RegisterOptions = {}): void {
    if (!PROVIDER_NAME.test(name)) throw new InputError([{ member: 'name', problem: PROVIDER_NAME_RULE }]);
    if (this.registrations.has(name) && !how.overwrite)
      throw new InputError([{ member: name, problem: 'is registered already: say { overwrite: true }' }], true);
    const alike = this.names().find((other) => other !== name && variableOf(other, '') === variableOf(name, ''));
    if (alike !== undefined)
      throw new InputError([{ member: name, problem: `has the variables of ${alike} in the environment` }], true);
    this.registrations.set(name, { ...how, options });
  }

  /**
   * The client of a provider; always the same one.
   * @throws Error naming the providers that there are
   * @throws InputError that names every fault of its options
   */
  get(name: string): OAuthClient {
    const client = this.find(name);
    if (client) return client;
    const names = this.names().join(', ') || 'none';
    throw new Error(`No provider '${name}' is registered; there are: ${names}.`);
  }

  /**
   * As {@link get}, but undefined when there is no such provider.
   * @throws InputError that names every fault of its options
   */
  find(name: string): OAuthClient | undefined {
    const registration = this.registrations.get(name);
    if (!registration) return undefined;
    registration.client ??= this.build(name, registration);
    return registration.client;
  }

  has(name: string): boolean {
    return this.registrations.has(name);
  }

  /** In the order in which they were registered. */
  names(): string[] {
    return [...this.registrations.keys()];
  }

  private build(name: string, { options, overwrite, build }: Registration): OAuthClient {
    const { fetchToken, updateToken, ...sources } = this.settings;
    const settings = settingsOf(
      name,
      { ...options, fetchToken: options.fetchToken ?? fetchToken, updateToken: options.updateToken ?? updateToken },
      { ...sources, overwrite: overwrite ?? sources.overwrite },
    );
    return (build ?? this.settings.build)(settings);
  }
}
