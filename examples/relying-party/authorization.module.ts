// An authorization server to sign in with; in production it is an application of its own, e.g. `npm start`.
import { type DynamicModule, Module } from '@nestjs/common';
import { AuthorizationServerModule } from 'nest-authorization-server';

@Module({})
export class AuthorizationModule {
  static at(issuer: string, library: string): DynamicModule {
    return {
      module: AuthorizationModule,
      imports: [
        AuthorizationServerModule.forRoot({
          issuer,
          database: { embedded: { dataDir: process.env.DATA_DIR ?? '.data/examples/relying-party' } },
          // It tells the library when a session has ended, which is at a private address here.
          outboundAllowList: [new URL(library).host],
          bootstrap: {
            users: [{ username: 'ada', password: 'difference engine', name: 'Ada Lovelace' }],
            clients: [
              {
                client_id: 'library',
                client_secret: 'a-library-secret-of-32-characters-or-so',
                client_name: 'The Library',
                redirect_uris: [`${library}/sign-in/callback`],
                post_logout_redirect_uris: [`${library}/signed-out`],
                backchannel_logout_uri: `${library}/central/backchannel-logout`,
                backchannel_logout_session_required: true,
                grant_types: ['authorization_code', 'refresh_token'],
                response_types: ['code'],
                scope: 'openid profile',
              },
            ],
          },
        }),
      ],
    };
  }
}
