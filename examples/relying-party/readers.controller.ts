// The pages of the library: who signs in, who is in, and how they leave.
import { Controller, Get, Header, NotFoundException, Post, Req, Res } from '@nestjs/common';
import {
  type ClientReply,
  type ClientRequest,
  InjectOAuthClient,
  type OAuthClient,
  OAuthClientError,
  ReceiveLogout,
  RemoteSessions,
  RemoteUser,
  RequireSignIn,
  SignInWith,
  type UserInfo,
} from 'nest-authorization-server/relying-party';
import { html, page } from './page.js';

const HTML = ['content-type', 'text/html; charset=utf-8'] as const;

@Controller()
export class ReadersController {
  constructor(
    private readonly sessions: RemoteSessions,
    @InjectOAuthClient('central') private readonly central: OAuthClient,
  ) {}

  @Get()
  @Header(...HTML)
  home(@RemoteUser() reader?: UserInfo): string {
    if (!reader)
      return page(
        html`<p>Nobody is signed in.</p>
          <p><a id="sign-in" href="/sign-in">Sign in</a></p>`,
      );
    return page(
      html`<p id="reader">Hello, ${reader.name ?? reader.sub}.</p>
        <p><a href="/card">Your reader's card</a></p>
        <form method="post" action="/sign-out"><button id="sign-out">Sign out</button></form>`,
    );
  }

  /** `GET /sign-in` and `/sign-in/callback`. It returns nothing: readers go on to where they were going. */
  @SignInWith('central', { path: 'sign-in', userinfo: true })
  signedIn(): void {
    return undefined;
  }

  /** Calls the API of the provider with the token of whoever asks. */
  @Get('card')
  @RequireSignIn('central')
  @Header(...HTML)
  async card(): Promise<string> {
    const response = await this.central.get('me');
    const { id, username } = (await response.json()) as { id: string; username: string };
    return page(
      html`<p>Reader <b id="username">${username}</b>, number ${id}</p>
        <p><a href="/">Home</a></p>`,
    );
  }

  /** Here, and at the provider. */
  @Post('sign-out')
  async signOut(@Req() request: ClientRequest, @Res() reply: ClientReply): Promise<void> {
    const ended = await this.sessions.end(request, reply);
    const back = new URL('/signed-out', `http://${request.headers.host}`).href;
    await this.central.logoutRedirect(reply, back, { idTokenHint: ended?.token.id_token });
  }

  @Get('signed-out')
  @Header(...HTML)
  async signedOut(@Req() request: ClientRequest, @Res({ passthrough: true }) reply: ClientReply): Promise<string> {
    try {
      await this.central.validateLogoutResponse(request, { reply });
    } catch (error) {
      // Somebody has opened the page, and did not come from a sign-out.
      if (!(error instanceof OAuthClientError)) throw error;
      throw new NotFoundException();
    }
    return page(
      html`<p id="signed-out">You are signed out.</p>
        <p><a href="/">Home</a></p>`,
    );
  }

  /** `POST /central/backchannel-logout`: the provider says who has signed out there, and the session here ends. */
  @ReceiveLogout('central')
  signedOutElsewhere(): void {
    return undefined;
  }
}
