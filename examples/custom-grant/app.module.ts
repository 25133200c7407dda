// What the application is made of: the plug-ins are providers like any other.
import { type DynamicModule, Module } from '@nestjs/common';
import { AuthorizationServerModule } from 'nest-authorization-server';
import { AuditLog } from './audit-log.js';
import { LinksController } from './links.controller.js';
import { MAGIC_LINK, MagicLinkGrant } from './magic-link.grant.js';
import { MagicLinks } from './magic-links.js';
import { TeamClaims } from './team.claims.js';

@Module({})
export class AppModule {
  static on(port: number): DynamicModule {
    return {
      module: AppModule,
      imports: [
        AuthorizationServerModule.forRoot({
          issuer: `http://localhost:${port}`,
          database: { embedded: { dataDir: process.env.DATA_DIR ?? '.data/examples/custom-grant' } },
          lifetimes: { accessTokenByGrantType: { [MAGIC_LINK]: 600 } },
          bootstrap: {
            users: [{ username: 'alice', email: 'alice@example.com', name: 'Alice' }],
            scopes: [{ name: 'team', description: 'See which team you are in' }],
            clients: [
              {
                client_id: 'app',
                client_secret: 'an-app-secret-of-32-characters-or-so',
                client_name: 'App',
                grant_types: [MAGIC_LINK, 'refresh_token'],
                response_types: [],
                scope: 'openid team',
              },
            ],
          },
        }),
      ],
      controllers: [LinksController],
      providers: [AuditLog, MagicLinkGrant, MagicLinks, TeamClaims],
    };
  }
}
