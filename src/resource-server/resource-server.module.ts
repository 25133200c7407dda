// Guards for the controllers of an application.
import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { EventsModule } from '../events/events.module.js';
import { Admission } from './admission.js';
import { BearerErrorFilter } from './bearer-error.filter.js';
import { BearerStrategy } from './bearer.strategy.js';
import { checkOptions, RESOURCE_SERVER_OPTIONS } from './checked-options.js';
import { GuardSetup } from './guard-setup.js';
import { MessageInterceptor } from './message.interceptor.js';
import { ProtectedResources } from './protected-resources.js';
import { Protections } from './protections.js';
import { ResourceMetadata } from './resource-metadata.js';
import { ResourceProtectorGuard } from './resource-protector.guard.js';
import { ResourceServer } from './resource-server.js';
import type { ResourceServerOptions } from './resource-server.options.js';
import { TokenVerifiers } from './token-verifiers.js';
import { UnavailableFilter } from './unavailable.filter.js';
import { UserSources } from './user-sources.js';

const GUARDS: Provider[] = [
  Admission,
  BearerStrategy,
  ProtectedResources,
  Protections,
  ResourceProtectorGuard,
  ResourceServer,
  TokenVerifiers,
  UserSources,
];
const EXPORTS = [Admission, BearerStrategy, ResourceProtectorGuard, ResourceServer, TokenVerifiers];

/** Options that other providers know. */
export interface ResourceServerAsyncOptions {
  /** Modules that export what the factory injects. */
  imports?: ModuleMetadata['imports'];
  inject?: FactoryProvider['inject'];
  useFactory: (...injected: never[]) => ResourceServerOptions | Promise<ResourceServerOptions>;
  /** As the option of the same name, which has to be known before the others are. @default false */
  global?: ResourceServerOptions['global'];
}

/**
 * Guards for the whole application. Tokens are verified by the issuers of the options, by every class decorated with
 * `@TokenVerifier` that the application provides, and by a server that is embedded in it.
 */
@Module({})
export class ResourceServerModule {
  /**
   * @throws InputError at the start, naming each member of the options that is at fault
   * @example ResourceServerModule.forRoot({ issuer: 'https://auth.example', audience: 'https://notes.example' })
   */
  static forRoot(options: ResourceServerOptions = {}): DynamicModule {
    return ResourceServerModule.forRootAsync({ global: options.global, useFactory: () => options });
  }

  /**
   * @throws InputError at the start, naming each member of the options that is at fault
   * @example
   * ResourceServerModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ issuer: config.get('ISSUER'), audience: config.get('AUDIENCE') }),
   * })
   */
  static forRootAsync({ imports = [], inject = [], useFactory, global }: ResourceServerAsyncOptions): DynamicModule {
    const options: Provider = {
      provide: RESOURCE_SERVER_OPTIONS,
      inject,
      useFactory: async (...injected: never[]) => checkOptions({ ...(await useFactory(...injected)), global }),
    };
    return {
      module: ResourceServerModule,
      global: true,
      imports: [DiscoveryModule, EventsModule, ...imports],
      providers: [
        options,
        { provide: APP_FILTER, useClass: BearerErrorFilter },
        { provide: APP_FILTER, useClass: UnavailableFilter },
        ...(global ? [{ provide: APP_GUARD, useExisting: ResourceProtectorGuard }] : []),
        ...GUARDS,
        GuardSetup,
        MessageInterceptor,
        ResourceMetadata,
      ],
      exports: EXPORTS,
    };
  }

  /**
   * Guards for the modules that import it, whatever options those of the application have: of the JSON APIs of a server
   * inside it.
   */
  static apart(): DynamicModule {
    const options = { provide: RESOURCE_SERVER_OPTIONS, useFactory: () => checkOptions({ callChain: false }) };
    return {
      module: ResourceServerModule,
      imports: [DiscoveryModule, EventsModule],
      providers: [options, ...GUARDS],
      exports: EXPORTS,
    };
  }
}
