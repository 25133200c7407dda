// An authorization server to try the MCP server with; in production it is an application of its own, e.g. `npm start`.
import { type DynamicModule, Module } from '@nestjs/common';
import { AuthorizationServerModule } from 'nest-authorization-server';

@Module({})
export class AuthorizationModule {
  static at(issuer: string, resource: string): DynamicModule {
    return {
      module: AuthorizationModule,
      imports: [
        AuthorizationServerModule.forRoot({
          issuer,
          database: { embedded: { dataDir: process.env.DATA_DIR ?? '.data/examples/mcp-server' } },
          // MCP clients bring no client id: they register themselves.
          registration: 'open',
          bootstrap: {
            users: [{ username: 'ada', password: 'difference engine', name: 'Ada' }],
            scopes: [
              { name: 'notes:read', description: 'Read your notes' },
              { name: 'notes:write', description: 'Write notes for you' },
            ],
            resources: [
              {
                identifier: resource,
                name: 'Notes',
                scopes: ['notes:read', 'notes:write'],
                access_token_format: 'jwt',
              },
            ],
          },
        }),
      ],
    };
  }
}
