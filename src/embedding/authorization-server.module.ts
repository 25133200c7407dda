// The authorization server inside a host application: one container of services, a pipeline of its own for its routes.
import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Logger,
  Module,
  type NestModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Bootstrap } from '../bootstrap/bootstrap.service.js';
import { FirstAdministrator } from '../bootstrap/first-administrator.js';
import { KnownNames } from '../bootstrap/known-names.js';
import { OptionsModule } from '../options.module.js';
import { ResourceServerModule } from '../resource-server/resource-server.module.js';
import { SERVICE_MODULES, serverModules } from '../server-modules.js';
import { KeyStore } from '../tokens/keys/key-store.js';
import { prepareKeys } from '../tokens/keys/prepare-keys.js';
import type { AuthorizationServerModuleOptions } from './options.js';
import { Pipeline } from './pipeline.js';
import { prepare, PREPARED, type Prepared } from './prepare.js';

/** Options that are made of what the host application provides. */
export interface AuthorizationServerModuleAsyncOptions extends Pick<
  FactoryProvider<Omit<AuthorizationServerModuleOptions, 'guards'>>,
  'inject' | 'useFactory'
> {
  /** Modules that export what is injected. */
  imports?: DynamicModule['imports'];
  /** As the option of the same name, which has to be known before the others are. @default {} */
  guards?: AuthorizationServerModuleOptions['guards'];
}

/**
 * The authorization server in an application on Fastify or Express. Import it once, in the root module. What it provides
 * can be injected everywhere, and its plug-ins may be provided anywhere.
 *
 * Its routes lie below the issuer's path, or at the root beside the application's own, which go before them. The
 * application's prefix, versioning, pipes, guards, interceptors, filters and body parsers have nothing to do with them.
 *
 * A fault in the options stops the start with a `ConfigurationError` that names all of them; a database that cannot be
 * used, with a `DatabaseStartError`.
 */
@Module({})
export class AuthorizationServerModule implements NestModule, OnApplicationBootstrap {
  private readonly logger = new Logger(AuthorizationServerModule.name);

  constructor(
    private readonly pipeline: Pipeline,
    private readonly keys: KeyStore,
    private readonly bootstrap: Bootstrap,
    @Inject(PREPARED) private readonly prepared: Prepared,
  ) {}

  /**
   * @example
   * AuthorizationServerModule.forRoot({
   *   issuer: 'https://blog.example/auth',
   *   secretKeys: [secretKey],
   *   database: { url: databaseUrl, schema: 'auth' },
   * })
   */
  static forRoot({ guards, ...options }: AuthorizationServerModuleOptions): DynamicModule {
    return AuthorizationServerModule.forRootAsync({ guards, useFactory: () => options });
  }

  /**
   * @example
   * AuthorizationServerModule.forRootAsync({
   *   inject: [ConfigService, DataSource],
   *   useFactory: (config: ConfigService, dataSource: DataSource) => ({
   *     issuer: config.getOrThrow('ISSUER'),
   *     secretKeys: config.getOrThrow('SECRET_KEYS').split(','),
   *     dataSource,
   *   }),
   * })
   */
  static forRootAsync(options: AuthorizationServerModuleAsyncOptions): DynamicModule {
    const { imports, inject, useFactory, guards = {} } = options;
    const prepared: DynamicModule = {
      module: PreparedModule,
      imports: imports ?? [],
      providers: [
        {
          provide: PREPARED,
          inject: inject ?? [],
          useFactory: async (...injected: unknown[]) => prepare(await useFactory(...injected)),
        },
      ],
      exports: [PREPARED],
    };
    const from = { imports: [prepared], inject: [PREPARED] };
    const origin = { inject: [PREPARED], useFactory: (one: Prepared) => one.origin };
    return {
      module: AuthorizationServerModule,
      global: true,
      imports: [
        prepared,
        OptionsModule.forRootAsync({ ...from, useFactory: ({ options }: Prepared) => options }),
        ...serverModules({
          routesAs: 'providers',
          database: { imports: [prepared], origin },
          guards: ResourceServerModule.apart(),
        }),
        ...(guards ? [ResourceServerModule.forRoot(guards)] : []),
      ],
      providers: [Bootstrap, FirstAdministrator, KnownNames, Pipeline],
      exports: SERVICE_MODULES,
    };
  }

  /** Before the application registers its routes. */
  configure(): Promise<void> {
    return this.pipeline.open();
  }

  /** Before the application listens. */
  async onApplicationBootstrap(): Promise<void> {
    await prepareKeys(this.keys, this.prepared.options, (fault) => this.logger.warn(fault));
    await this.bootstrap.apply(this.prepared.bootstrap);
  }
}

/** Holds what the host's factory made, for whoever needs a part of it. */
@Module({})
class PreparedModule {}
