// The blog, and the authorization server below /auth of the same origin, with the blog's own data source.
import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthorizationServerModule, authorizationServerEntities } from 'nest-authorization-server';
import { DataSource } from 'typeorm';
import { Author } from './author.entity.js';
import { Authors } from './authors.js';
import { BlogTables1760000000000 } from './blog-tables.migration.js';
import { EditorController } from './editor.controller.js';
import { Post } from './post.entity.js';
import { PostsController } from './posts.controller.js';

@Module({})
export class AppModule {
  static at({ url, databaseUrl }: { url: string; databaseUrl: string }): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          url: databaseUrl,
          entities: [Author, Post, ...authorizationServerEntities],
          migrations: [BlogTables1760000000000],
          migrationsRun: true,
        }),
        TypeOrmModule.forFeature([Author, Post]),
        AuthorizationServerModule.forRootAsync({
          inject: [DataSource],
          useFactory: (dataSource: DataSource) => ({
            issuer: `${url}/auth`,
            secretKeys: [process.env.SECRET_KEY ?? 'a-secret-of-the-example-and-of-nothing-else'],
            dataSource,
            theme: { name: 'The Blog', accentColor: '#8a3ffc', radius: '12px' },
            bootstrap: {
              scopes: [
                { name: 'posts:read', description: 'Read your drafts' },
                { name: 'posts:write', description: 'Write posts in your name' },
              ],
              clients: [
                {
                  client_id: 'editor',
                  client_name: 'The Editor',
                  redirect_uris: [`${url}/editor`],
                  grant_types: ['authorization_code'],
                  scope: 'posts:read posts:write',
                  token_endpoint_auth_method: 'none',
                },
              ],
            },
          }),
        }),
      ],
      controllers: [EditorController, PostsController],
      providers: [Authors],
    };
  }
}
