// The registry of providers for an application, and its clients as what can be injected.
import { type DynamicModule, type FactoryProvider, Module, type Provider, Scope } from '@nestjs/common';
import { DiscoveryModule, ModulesContainer } from '@nestjs/core';
import { EventBus } from '../events/event-bus.js';
import { EventsModule } from '../events/events.module.js';
import { createOAuthRegistry } from './build-oauth-client.js';
import { FormBodies } from './form-bodies.js';
import { injectedNames, oauthClientToken } from './inject-oauth-client.js';
import {
  checkModuleOptions,
  OAUTH_CLIENT_OPTIONS,
  type OAuthClientAsyncOptions,
  type OAuthClientModuleOptions,
  type OAuthClientProviders,
} from './oauth-client-module.options.js';
import { OAuthRegistry } from './oauth-registry.js';
import { RemoteSessions } from './remote-sessions.js';
import { RemoteSignIn } from './remote-sign-in.js';
import { RequestSetup } from './request-setup.js';
import { SignInPaths } from './sign-in-paths.js';
import { Transactions } from './transactions.js';

const EXPORTS = [OAUTH_CLIENT_OPTIONS, Transactions, OAuthRegistry, RemoteSessions, RemoteSignIn, SignInPaths];

/**
 * Sign in with others, and call their APIs: every provider that the application knows. Import it once with `forRoot`;
 * what it gives is there everywhere.
 */
@Module({})
export class OAuthClientModule {
  constructor(modules: ModulesContainer) {
    if ([...modules.values()].filter(({ metatype }) => metatype === OAuthClientModule).length > 1)
      throw new Error(
        'OAuthClientModule.forRoot is imported twice. Import it once, and use forFeature for more providers.',
      );
  }

  /**
   * @throws InputError at the start, naming each member of the options that is at fault
   * @throws Error at the start when it is imported twice
   * @example
   * OAuthClientModule.forRoot({
   *   providers: { google: true, corp: { serverMetadataUrl: 'https://login.corp.example', scope: 'openid email' } },
   *   secretKeys: [SECRET_KEY],
   * }) // GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, CORP_CLIENT_ID, CORP_CLIENT_SECRET in the environment
   */
  static forRoot(options: OAuthClientModuleOptions = {}): DynamicModule {
    return OAuthClientModule.root({ useFactory: () => options }, Object.keys(options.providers ?? {}));
  }

  /**
   * @throws InputError at the start, naming each member of the options that is at fault
   * @throws Error at the start when it is imported twice
   * @example
   * OAuthClientModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ providers: { google: config.get('google') } }),
   * })
   */
  static forRootAsync(options: OAuthClientAsyncOptions): DynamicModule {
    return OAuthClientModule.root(options, []);
  }

  /**
   * More providers, registered when the module that imports it begins, and injectable there.
   * @throws InputError at the start when a name is registered already
   * @example \@Module({ imports: [OAuthClientModule.forFeature({ providers: { github: true } })], providers: [Issues] })
   */
  static forFeature({ providers }: { providers: OAuthClientProviders }): DynamicModule {
    const registration = Symbol('OAuthClientModule.forFeature');
    const clients = clientProviders(Object.keys(providers), registration);
    return {
      module: OAuthClientFeatureModule,
      providers: [
        {
          provide: registration,
          inject: [{ token: OAuthRegistry, optional: true }],
          useFactory: (registry?: OAuthRegistry) => registerAll(registry, providers),
        },
        ...clients,
      ],
      exports: clients.map(({ provide }) => provide),
    };
  }

  private static root(
    { imports = [], inject = [], useFactory }: OAuthClientAsyncOptions,
    names: string[],
  ): DynamicModule {
    const providers: Provider[] = [
      FormBodies,
      {
        provide: OAUTH_CLIENT_OPTIONS,
        inject,
        useFactory: async (...injected: never[]) => checkModuleOptions(await useFactory(...injected)),
      },
      {
        provide: Transactions,
        inject: [OAUTH_CLIENT_OPTIONS],
        useFactory: (options: OAuthClientModuleOptions) => new Transactions(options),
      },
      {
        provide: RemoteSessions,
        inject: [OAUTH_CLIENT_OPTIONS],
        useFactory: ({ session, publicUrl }: OAuthClientModuleOptions) => new RemoteSessions(session, publicUrl),
      },
      {
        provide: OAuthRegistry,
        inject: [OAUTH_CLIENT_OPTIONS, RemoteSessions, Transactions, EventBus],
        useFactory: (
          options: OAuthClientModuleOptions,
          sessions: RemoteSessions,
          ...others: [Transactions, EventBus]
        ) => createOAuthRegistry(withSessions(options, sessions), ...others),
      },
      RemoteSignIn,
      RequestSetup,
      SignInPaths,
    ];
    // Read when Nest does: every class that is injected a client has been decorated by then.
    const clients = (): FactoryProvider[] => clientProviders([...names, ...injectedNames()], OAuthRegistry);
    return {
      module: OAuthClientModule,
      global: true,
      imports: [DiscoveryModule, EventsModule, ...imports],
      get providers() {
        return [...providers, ...clients()];
      },
      get exports() {
        return [...EXPORTS, ...clients().map(({ provide }) => provide)];
      },
    };
  }
}

/** What {@link OAuthClientModule.forFeature} is. */
@Module({})
class OAuthClientFeatureModule {}

/** Transient: built for whom they are injected, so that nothing is asked of a provider that nobody uses. */
function clientProviders(names: readonly string[], registry: symbol | typeof OAuthRegistry): FactoryProvider[] {
  return [...new Set(names)].map((name) => ({
    provide: oauthClientToken(name),
    scope: Scope.TRANSIENT,
    inject: [registry],
    useFactory: (registered: OAuthRegistry) => registered.get(name),
  }));
}

function registerAll(registry: OAuthRegistry | undefined, providers: OAuthClientProviders): OAuthRegistry {
  if (!registry) throw new Error('OAuthClientModule.forFeature needs OAuthClientModule.forRoot in the application.');
  for (const [name, one] of Object.entries(providers)) registry.register(name, one === true ? {} : one);
  return registry;
}

/** Calls have the tokens of the sessions, unless the application says otherwise. */
function withSessions(options: OAuthClientModuleOptions, sessions: RemoteSessions): OAuthClientModuleOptions {
  const { fetchToken, updateToken } = options;
  return {
    ...options,
    fetchToken: fetchToken ?? ((name, context) => sessions.fetchToken(name, context)),
    updateToken: updateToken ?? ((token, replaced, context) => sessions.updateToken(token, replaced, context)),
  };
}
