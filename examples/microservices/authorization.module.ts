// An authorization server to try the shop with; in production it is an application of its own, e.g. `npm start`.
import { type DynamicModule, Module } from '@nestjs/common';
import { AuthorizationServerModule } from 'nest-authorization-server';

@Module({})
export class AuthorizationModule {
  static at(issuer: string, shop: string): DynamicModule {
    return {
      module: AuthorizationModule,
      imports: [
        AuthorizationServerModule.forRoot({
          issuer,
          database: { embedded: { dataDir: process.env.DATA_DIR ?? '.data/examples/microservices' } },
          bootstrap: {
            scopes: [
              { name: 'orders:read', description: 'See your orders' },
              { name: 'orders:write', description: 'Order' },
              { name: 'stock:write', description: 'Fill the stock' },
            ],
            // One resource for the gateway and what is behind it: the token is good for the whole way.
            resources: [
              {
                identifier: shop,
                name: 'Shop',
                scopes: ['orders:read', 'orders:write', 'stock:write'],
                access_token_format: 'jwt',
              },
            ],
            clients: [
              {
                client_id: 'buyer',
                client_secret: 'a-buyer-secret-of-32-characters-or-so',
                grant_types: ['client_credentials'],
                response_types: [],
                scope: 'orders:read orders:write',
              },
              {
                client_id: 'storekeeper',
                client_secret: 'a-storekeeper-secret-of-32-characters',
                grant_types: ['client_credentials'],
                response_types: [],
                scope: 'stock:write',
              },
            ],
          },
        }),
      ],
    };
  }
}
