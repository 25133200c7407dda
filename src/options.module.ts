// The options, and what seals with their secret keys, for the whole application.
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Sealer } from './common/sealer.js';
import { ServerOptions } from './config/options.js';

/** Provides `ServerOptions` and `Sealer`. */
@Global()
@Module({})
export class OptionsModule {
  static forRoot(options: ServerOptions): DynamicModule {
    return {
      module: OptionsModule,
      providers: [
        { provide: ServerOptions, useValue: options },
        { provide: Sealer, useFactory: () => new Sealer(options.secretKeys) },
      ],
      exports: [ServerOptions, Sealer],
    };
  }
}
