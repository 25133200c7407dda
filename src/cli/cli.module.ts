// The services that commands use: those of the server, without HTTP.
import { type DynamicModule, Module } from '@nestjs/common';
import { KnownNames } from '../bootstrap/known-names.js';
import { ClientsModule } from '../clients/clients.module.js';
import type { ServerOptions } from '../config/options.js';
import { DatabaseModule } from '../database/database.module.js';
import type { EmbeddedPostgres } from '../database/embedded-postgres.js';
import { EventsModule } from '../events/events.module.js';
import { OAuthModule } from '../oauth/oauth.module.js';
import { OptionsModule } from '../options.module.js';
import { ENTITIES, MIGRATIONS } from '../schema.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';

@Module({})
export class CliModule {
  static forRoot(options: ServerOptions, embedded?: EmbeddedPostgres): DynamicModule {
    return {
      module: CliModule,
      imports: [
        OptionsModule.forRoot(options),
        DatabaseModule.forRoot({
          entities: ENTITIES,
          migrations: MIGRATIONS,
          origin: { useFactory: () => ({ embedded }) },
        }),
        EventsModule,
        UsersModule,
        ClientsModule,
        TokensModule,
        SessionsModule,
        OAuthModule,
      ],
      providers: [KnownNames],
    };
  }
}
