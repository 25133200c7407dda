// blog.module.ts – the server inside an application, and a controller that its tokens open
import { Controller, Get, Module } from '@nestjs/common';
import { AuthorizationServerModule, type User } from 'nest-authorization-server';
import { CurrentUser, ResourceProtector } from 'nest-authorization-server/resource-server';

@Controller('drafts')
@ResourceProtector('drafts:read')
export class DraftsController {
  @Get()
  list(@CurrentUser() user: User) {
    return { author: user.username, drafts: [] };
  }
}

@Module({
  imports: [
    AuthorizationServerModule.forRootAsync({
      useFactory: () => ({
        // e.g. https://blog.example/auth: everything of the server lies below /auth
        issuer: process.env.ISSUER!,
        secretKeys: process.env.SECRET_KEYS!.split(','),
        database: { url: process.env.DATABASE_URL!, schema: 'auth' },
        theme: { name: 'The Blog', accentColor: '#8a3ffc' },
        bootstrap: { scopes: [{ name: 'drafts:read', description: 'Read your drafts' }] },
      }),
    }),
  ],
  controllers: [DraftsController],
})
export class BlogModule {}
