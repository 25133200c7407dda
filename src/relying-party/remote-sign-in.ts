// Signing in with a provider, from the way there to the session.
import { Injectable } from '@nestjs/common';
import { carriedBy, carry } from './carried.js';
import { presenceOf } from './current-request.js';
import type { ClientReply, ClientRequest, OAuthClient } from './oauth-client.js';
import type { OAuthToken, UserInfo } from './oauth-token.js';
import { OAuthRegistry } from './oauth-registry.js';
import { ownPath, ownUrlOf, queryOf } from './own-url.js';
import { RemoteSessions, sessionFor } from './remote-sessions.js';
import type { SignInRoute } from './sign-in-route.js';

@Injectable()
export class RemoteSignIn {
  constructor(
    private readonly registry: OAuthRegistry,
    private readonly sessions: RemoteSessions,
  ) {}

  /** @returns where to send the browser */
  async start(request: ClientRequest, reply: ClientReply, { name, options }: SignInRoute): Promise<string> {
    const { redirectUri = `${ownUrlOf(request, this.sessions.publicUrl)}/callback`, params } = options;
    const client = this.registry.get(name);
    const authorization = await client.createAuthorizationUrl(
      typeof redirectUri === 'function' ? redirectUri(request) : redirectUri,
      typeof params === 'function' ? params(request) : params,
    );
    const next = ownPath(queryOf(request).get('next'));
    await client.saveAuthorizationData(reply, next === undefined ? authorization : carry(authorization, { next }));
    return authorization.url;
  }

  /** @returns where to send the browser, unless something else is answered */
  async finish(request: ClientRequest, reply: ClientReply, { name, options }: SignInRoute): Promise<string> {
    const client = this.registry.get(name);
    const token = await client.authorizeAccessToken(request, { reply });
    const user = await this.userOf(client, token, options.userinfo);
    const signedIn = { provider: name, user, token };
    if (options.session === false) presenceOf(request).presented = sessionFor(signedIn);
    else await this.sessions.begin(request, reply, signedIn);
    return this.nextOf(request) ?? options.next ?? '/';
  }

  /** The application does not want whoever has come back. */
  async undo(request: ClientRequest, reply: ClientReply): Promise<void> {
    const presence = presenceOf(request);
    if (presence.presented) presence.presented = undefined;
    else await this.sessions.end(request, reply);
  }

  /** The path that was wanted at the start of the sign-in whose answer this is. */
  nextOf(request: ClientRequest): string | undefined {
    return ownPath(carriedBy(request)?.next);
  }

  /** What the ID token says goes before what the userinfo endpoint does: it is signed. */
  private async userOf(client: OAuthClient, token: OAuthToken, always = false): Promise<UserInfo> {
    if (token.userinfo && !always) return token.userinfo;
    return { ...(await client.userinfo(token)), ...token.userinfo };
  }
}
