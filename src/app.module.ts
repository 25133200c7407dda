// What the stand-alone server is made of.
import { type DynamicModule, Module } from '@nestjs/common';
import { Bootstrap } from './bootstrap/bootstrap.service.js';
import { FirstAdministrator } from './bootstrap/first-administrator.js';
import { KnownNames } from './bootstrap/known-names.js';
import { ClientsApiModule } from './clients/clients-api.module.js';
import { ClientsModule } from './clients/clients.module.js';
import type { ServerOptions } from './config/options.js';
import { DatabaseModule } from './database/database.module.js';
import type { EmbeddedPostgres } from './database/embedded-postgres.js';
import { HealthController } from './health.controller.js';
import { EventsModule } from './events/events.module.js';
import { InteractionApiModule } from './oauth/interactions/interaction-api.module.js';
import { OAuthModule } from './oauth/oauth.module.js';
import { OptionsModule } from './options.module.js';
import { PagesModule } from './pages/pages.module.js';
import { ResourceServerModule } from './resource-server/resource-server.module.js';
import { ENTITIES, MIGRATIONS } from './schema.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { TokensApiModule } from './tokens/tokens-api.module.js';
import { TokensModule } from './tokens/tokens.module.js';
import { UsersApiModule } from './users/users-api.module.js';
import { UsersModule } from './users/users.module.js';

@Module({})
export class AppModule {
  static forRoot(options: ServerOptions, embedded?: EmbeddedPostgres): DynamicModule {
    return {
      module: AppModule,
      controllers: [HealthController],
      providers: [Bootstrap, FirstAdministrator, KnownNames],
      imports: [
        OptionsModule.forRoot(options),
        DatabaseModule.forRoot({ entities: ENTITIES, migrations: MIGRATIONS, embedded }),
        EventsModule,
        // Every handler is given its token.
        ResourceServerModule.forRoot({ callChain: false }),
        UsersModule,
        ClientsModule,
        TokensModule,
        SessionsModule,
        OAuthModule,
        InteractionApiModule,
        UsersApiModule,
        ClientsApiModule,
        TokensApiModule,
        PagesModule,
      ],
    };
  }
}
