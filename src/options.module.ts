// The options, what seals with their secret keys, and what goes out to the URLs of clients, for the whole application.
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Sealer } from './common/sealer.js';
import { ServerOptions } from './config/options.js';
import { OutboundRequests } from './outbound/outbound-requests.js';

/** Provides `ServerOptions`, `Sealer` and `OutboundRequests`. */
@Global()
@Module({})
export class OptionsModule {
  static forRoot(options: ServerOptions): DynamicModule {
    return {
      module: OptionsModule,
      providers: [
        { provide: ServerOptions, useValue: options },
        { provide: Sealer, useFactory: () => new Sealer(options.secretKeys) },
        {
          provide: OutboundRequests,
          useFactory: () => new OutboundRequests({ allowList: options.outboundAllowList }),
        },
      ],
      exports: [ServerOptions, Sealer, OutboundRequests],
    };
  }
}
