// An authorization server to try the API with; in production it is an application of its own, e.g. `npm start`.
import { type DynamicModule, Module } from '@nestjs/common';
import { AuthorizationServerModule } from 'nest-authorization-server';

@Module({})
export class AuthorizationModule {
  static at(issuer: string, api: string): DynamicModule {
    return {
      module: AuthorizationModule,
      imports: [
        AuthorizationServerModule.forRoot({
          issuer,
          database: { embedded: { dataDir: process.env.DATA_DIR ?? '.data/examples/protected-api' } },
          bootstrap: {
            scopes: [
              { name: 'weather:read', description: 'Read the weather' },
              { name: 'weather:write', description: 'Make the weather' },
            ],
            // Its tokens are JWTs, which the API verifies by itself.
            resources: [
              {
                identifier: api,
                name: 'Weather',
                scopes: ['weather:read', 'weather:write'],
                access_token_format: 'jwt',
              },
            ],
            clients: [
              {
                client_id: 'reader',
                client_secret: 'a-reader-secret-of-32-characters-or-so',
                grant_types: ['client_credentials'],
                response_types: [],
                scope: 'weather:read',
              },
              {
                client_id: 'forecaster',
                client_secret: 'a-forecaster-secret-of-32-characters',
                grant_types: ['client_credentials'],
                response_types: [],
                scope: 'weather:read weather:write',
              },
            ],
          },
        }),
      ],
    };
  }
}
