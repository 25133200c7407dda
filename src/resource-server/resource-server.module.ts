// Guards for the controllers of an application.
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { EventsModule } from '../events/events.module.js';
import { BearerErrorFilter } from './bearer-error.filter.js';
import { BearerStrategy } from './bearer.strategy.js';
import { CurrentTokenInterceptor } from './current-token.js';
import { ResourceProtectorGuard } from './resource-protector.guard.js';
import { ResourceServer } from './resource-server.js';
import { RESOURCE_SERVER_OPTIONS, type ResourceServerOptions } from './resource-server.options.js';
import { TokenVerifier } from './token-verifier.js';

export interface ResourceServerModuleOptions extends ResourceServerOptions {
  /** Modules that export what the verifier injects. */
  imports?: DynamicModule['imports'];
  /** Who verifies tokens: a provider of {@link TokenVerifier}. */
  verifier: Provider<TokenVerifier>;
}

@Module({})
export class ResourceServerModule {
  /** @example ResourceServerModule.forRoot({ imports: [TokensModule], verifier: { provide: TokenVerifier, useExisting: LocalTokenVerifier } }) */
  static forRoot({ imports, verifier, ...options }: ResourceServerModuleOptions): DynamicModule {
    return {
      module: ResourceServerModule,
      global: true,
      imports: [EventsModule, ...(imports ?? [])],
      providers: [
        { provide: RESOURCE_SERVER_OPTIONS, useValue: options },
        verifier,
        { provide: APP_FILTER, useClass: BearerErrorFilter },
        BearerStrategy,
        ResourceProtectorGuard,
        CurrentTokenInterceptor,
        ResourceServer,
      ],
      exports: [BearerStrategy, ResourceProtectorGuard, CurrentTokenInterceptor, ResourceServer, TokenVerifier],
    };
  }
}
