// wiki.module.ts – people sign in with the server, and the wiki calls its API as them
import { Controller, Get, Module } from '@nestjs/common';
import {
  InjectOAuthClient,
  type OAuthClient,
  OAuthClientModule,
  RemoteUser,
  RequireSignIn,
  SignInWith,
} from 'nest-authorization-server/relying-party';

@Controller()
export class WikiController {
  constructor(@InjectOAuthClient('corp') private readonly corp: OAuthClient) {}

  @SignInWith('corp', { path: 'sign-in', userinfo: true })
  signedIn() {} // at /sign-in/callback; afterwards the browser goes where it wanted to

  @Get()
  @RequireSignIn('corp')
  async home(@RemoteUser('preferred_username') name: string) {
    const me = await this.corp.get('me');
    return { hello: name, me: await me.json() };
  }
}

@Module({
  imports: [OAuthClientModule.forRoot({ providers: { corp: { scope: 'openid profile' } } })],
  controllers: [WikiController],
})
export class WikiModule {}
