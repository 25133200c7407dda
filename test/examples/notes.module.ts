// notes.module.ts – a protected controller in an application of your own
import { Controller, Get, Module, Post } from '@nestjs/common';
import {
  type AccessToken,
  CurrentToken,
  currentToken,
  ResourceProtector,
  ResourceServerModule,
} from 'nest-authorization-server/resource-server';

@Controller('notes')
@ResourceProtector('notes:read')
export class NotesController {
  @Get()
  list(@CurrentToken() token: AccessToken) {
    return { notes: [], reader: token.subject };
  }

  @Post()
  @ResourceProtector(['notes:write', 'notes:admin'])
  create() {
    return { createdBy: currentToken()?.subject };
  }
}

@Module({
  imports: [
    ResourceServerModule.forRootAsync({
      useFactory: () => ({
        issuer: process.env.ISSUER!,
        introspection: { clientId: process.env.CLIENT_ID!, clientSecret: process.env.CLIENT_SECRET! },
      }),
    }),
  ],
  controllers: [NotesController],
})
export class NotesModule {}
