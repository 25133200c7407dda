// What the stand-alone server is made of.
import { type DynamicModule, Module } from '@nestjs/common';
import { Bootstrap } from './bootstrap/bootstrap.service.js';
import { FirstAdministrator } from './bootstrap/first-administrator.js';
import { KnownNames } from './bootstrap/known-names.js';
import type { ServerOptions } from './config/options.js';
import type { EmbeddedPostgres } from './database/embedded-postgres.js';
import { HealthController } from './health.controller.js';
import { OptionsModule } from './options.module.js';
import { ResourceServerModule } from './resource-server/resource-server.module.js';
import { serverModules } from './server-modules.js';

@Module({})
export class AppModule {
  static forRoot(options: ServerOptions, embedded?: EmbeddedPostgres): DynamicModule {
    return {
      module: AppModule,
      controllers: [HealthController],
      providers: [Bootstrap, FirstAdministrator, KnownNames],
      imports: [
        OptionsModule.forRoot(options),
        ...serverModules({
          routesAs: 'controllers',
          database: { origin: { useFactory: () => ({ embedded }) } },
          // Every handler is given its token.
          guards: ResourceServerModule.forRoot({ callChain: false }),
        }),
      ],
    };
  }
}
