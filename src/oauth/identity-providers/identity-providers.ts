// The identity providers with which people sign in here: each one's client, and what the operator lets it decide.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InputError } from '../../common/input-error.js';
import { OAuthError } from '../../common/oauth-error.js';
import { ConfigurationError } from '../../config/env.js';
import { type IdentityProvider, withScope } from '../../config/identity-providers.js';
import { ServerOptions } from '../../config/options.js';
import { EventBus } from '../../events/event-bus.js';
import { createOAuthRegistry } from '../../relying-party/build-oauth-client.js';
import type { OAuthClient } from '../../relying-party/oauth-client.js';
import type { OAuthRegistry } from '../../relying-party/oauth-registry.js';
import { Transactions } from '../../relying-party/transactions.js';

/** An identity provider, and what the operator lets it decide. */
export interface ConfiguredProvider {
  readonly name: string;
  /** What the pages call it. */
  readonly label: string;
  readonly client: OAuthClient;
  readonly signUp: boolean;
  readonly linkByVerifiedEmail: boolean;
  readonly trustAmr: boolean;
  readonly signOut: boolean;
}

/** A way to sign in that a page offers. */
export interface ProviderLink {
  name: string;
  label: string;
  /** From the root of the host on. */
  url: string;
}

/** Where the browser begins. */
export function signInWithPath(name: string): string {
  return `/sign-in/with/${name}`;
}

@Injectable()
export class IdentityProviders implements OnModuleInit {
  private providers: ReadonlyMap<string, ConfiguredProvider> = new Map();

  constructor(
    private readonly options: ServerOptions,
    private readonly events: EventBus,
  ) {}

  /** @throws ConfigurationError with every fault of every provider */
  onModuleInit(): void {
    const given = Object.entries(this.options.identityProviders);
    if (given.length === 0) return;
    const faults: string[] = [];
    const registry = this.registry();
    const providers = given.flatMap(([name, provider]) => {
      try {
        return [this.build(registry, name, provider)];
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        faults.push(...error.faults.map(({ member, problem }) => `identity provider ${member}: ${problem}`));
        return [];
      }
    });
    if (faults.length > 0) throw new ConfigurationError(faults);
    this.providers = new Map(providers.map((one) => [one.name, one]));
  }

  find(name: string): ConfiguredProvider | undefined {
    return this.providers.get(name);
  }

  /** @throws OAuthError `not_found` */
  get(name: string): ConfiguredProvider {
    const provider = this.find(name);
    if (!provider) throw new OAuthError('not_found', 404, 'There is no such identity provider.');
    return provider;
  }

  /** In the order in which they were configured. */
  all(): ConfiguredProvider[] {
    return [...this.providers.values()];
  }

  /**
   * @param query what a page hands on: the sealed interaction, or where to go afterwards
   * @param offered which of them
   */
  links(
    query: Readonly<Record<string, string>> = {},
    offered: (provider: ConfiguredProvider) => boolean = () => true,
  ): ProviderLink[] {
    const search = new URLSearchParams(query).toString();
    const providers = this.all().filter(offered);
    return providers.map(({ name, label }) => ({
      name,
      label,
      url: `${this.options.basePath}${signInWithPath(name)}${search && `?${search}`}`,
    }));
  }

  /** Where the provider sends the browser back to. */
  redirectUri(name: string): string {
    return this.options.url(`${signInWithPath(name)}/callback`);
  }

  /** Hosts that the operator allows may be reached over http. */
  private registry(): OAuthRegistry {
    const { secretKeys, outboundAllowList: allowInsecureHosts } = this.options;
    return createOAuthRegistry({ allowInsecureHosts }, new Transactions({ secretKeys }), this.events);
  }

  private build(registry: OAuthRegistry, name: string, given: IdentityProvider): ConfiguredProvider {
    const { signUp = this.options.signUp, linkByVerifiedEmail = false, trustAmr = false, ...rest } = given;
    const { signOut = false, ...others } = rest;
    registry.register(name, withScope(name, others));
    const client = registry.get(name);
    return { name, label: client.label, client, signUp, linkByVerifiedEmail, trustAmr, signOut };
  }
}
