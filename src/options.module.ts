// The options, what seals with their secret keys, and what goes out to the URLs of clients, for the whole application.
import { type DynamicModule, type FactoryProvider, Global, Module } from '@nestjs/common';
import { Sealer } from './common/sealer.js';
import { ServerOptions } from './config/options.js';
import { OutboundRequests } from './outbound/outbound-requests.js';

export interface OptionsModuleAsyncOptions extends Pick<FactoryProvider<ServerOptions>, 'inject' | 'useFactory'> {
  imports?: DynamicModule['imports'];
}

/** Provides `ServerOptions`, `Sealer` and `OutboundRequests`. */
@Global()
@Module({})
export class OptionsModule {
  static forRoot(options: ServerOptions): DynamicModule {
    return OptionsModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: OptionsModuleAsyncOptions): DynamicModule {
    return {
      module: OptionsModule,
      imports,
      providers: [
        { provide: ServerOptions, inject, useFactory },
        {
          provide: Sealer,
          inject: [ServerOptions],
          useFactory: ({ secretKeys }: ServerOptions) => new Sealer(secretKeys),
        },
        {
          provide: OutboundRequests,
          inject: [ServerOptions],
          useFactory: ({ outboundAllowList: allowList }: ServerOptions) => new OutboundRequests({ allowList }),
        },
      ],
      exports: [ServerOptions, Sealer, OutboundRequests],
    };
  }
}
