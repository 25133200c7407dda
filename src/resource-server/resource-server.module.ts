// Guards for the controllers of an application.
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, DiscoveryModule } from '@nestjs/core';
import { EventsModule } from '../events/events.module.js';
import { BearerErrorFilter } from './bearer-error.filter.js';
import { BearerStrategy } from './bearer.strategy.js';
import { CurrentTokenInterceptor } from './current-token.js';
import { ResourceProtectorGuard } from './resource-protector.guard.js';
import { ResourceServer } from './resource-server.js';
import { RESOURCE_SERVER_OPTIONS, type ResourceServerOptions } from './resource-server.options.js';
import { TokenVerifiers } from './token-verifiers.js';

@Module({})
export class ResourceServerModule {
  /**
   * Guards for the whole application. Every class decorated with `@TokenVerifier` that is provided somewhere in it
   * verifies tokens, the one of an embedded server among them.
   *
   * @example ResourceServerModule.forRoot({ realm: 'notes' })
   */
  static forRoot(options: ResourceServerOptions = {}): DynamicModule {
    return {
      module: ResourceServerModule,
      global: true,
      imports: [DiscoveryModule, EventsModule],
      providers: [
        { provide: RESOURCE_SERVER_OPTIONS, useValue: options },
        { provide: APP_FILTER, useClass: BearerErrorFilter },
        BearerStrategy,
        ResourceProtectorGuard,
        CurrentTokenInterceptor,
        ResourceServer,
        TokenVerifiers,
      ],
      exports: [BearerStrategy, ResourceProtectorGuard, CurrentTokenInterceptor, ResourceServer, TokenVerifiers],
    };
  }
}
