// Sessions of an application whose people sign in with `oidc-provider` of npm, and sign out there.
// @see OpenID Connect Back-Channel Logout §2 https://openid.net/specs/openid-connect-backchannel-1_0.html#Backchannel
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { decodeJwt } from 'jose';
import {
  OAuthClientModule,
  type OAuthToken,
  ReceiveLogout,
  RemoteLogout,
  type RemoteLogoutNotice,
  RemoteToken,
  RemoteUser,
  RequireSignIn,
  SignInWith,
} from 'nest-authorization-server/relying-party';
import { closeApplication, onClose } from '../support/cleanup.js';
import { type OidcProvider, startOidcProvider } from '../support/oidc-provider.js';
import { freePort } from '../support/server.js';
import { SECRET_KEYS } from '../support/state.js';
import { Visitor } from '../support/visitor.js';

const SECRET = 'a-secret-of-the-application';

let provider: OidcProvider;
let url: string;
const notices: RemoteLogoutNotice[] = [];

@Controller()
class LibraryController {
  @SignInWith('op')
  signedIn() {}

  @ReceiveLogout('op')
  signedOut(@RemoteLogout() notice: RemoteLogoutNotice) {
    notices.push(notice);
  }

  @Get()
  @RequireSignIn('op', { redirect: false })
  home(@RemoteUser('sub') reader: string, @RemoteToken() token: OAuthToken) {
    return { reader, token };
  }
}

beforeAll(async () => {
  url = `http://127.0.0.1:${await freePort()}`;
  provider = await startOidcProvider({
    clients: [
      {
        client_id: 'library',
        client_secret: SECRET,
        redirect_uris: [`${url}/op/callback`],
        backchannel_logout_uri: `${url}/op/backchannel-logout`,
        backchannel_logout_session_required: true,
      },
    ],
  });
  const op = { serverMetadataUrl: provider.issuer, clientId: 'library', clientSecret: SECRET, scope: 'openid' };

  @Module({
    imports: [OAuthClientModule.forRoot({ providers: { op }, secretKeys: [SECRET_KEYS] })],
    controllers: [LibraryController],
  })
  class LibraryModule {}

  const app = await NestFactory.create(LibraryModule, new FastifyAdapter(), { logger: false });
  onClose(() => closeApplication(app));
  await app.listen(new URL(url).port, '127.0.0.1');
});

/** Signs in; answers what the home page says then. */
async function signIn(visitor: Visitor): Promise<{ reader: string; token: OAuthToken }> {
  const home = await visitor.open(`${url}/op`);
  expect(home.url.href).toBe(`${url}/`);
  return JSON.parse(home.text) as { reader: string; token: OAuthToken };
}

it('end when somebody signs out there, and no others do', async () => {
  const [leaves, stays] = [new Visitor(), new Visitor()];
  const { reader, token } = await signIn(leaves);
  expect(reader).toBe('alice');
  await signIn(stays);
  await leaves.open(`${provider.issuer}/session/end?id_token_hint=${token.id_token}`);
  const { sid } = decodeJwt(token.id_token!);
  expect(notices).toEqual([expect.objectContaining({ provider: 'op', issuer: provider.issuer, sid, channel: 'back' })]);
  expect((await leaves.open(url)).status).toBe(401);
  expect((await stays.open(url)).status).toBe(200);
});

it('do not end by a logout token that somebody made up', async () => {
  const visitor = new Visitor();
  const { token } = await signIn(visitor);
  const before = notices.length;
  const [, claims] = token.id_token!.split('.');
  const unsigned = `${Buffer.from('{"alg":"none","typ":"logout+jwt"}').toString('base64url')}.${claims}.`;
  for (const forged of [token.id_token!, unsigned]) {
    const body = new URLSearchParams({ logout_token: forged });
    const response = await fetch(`${url}/op/backchannel-logout`, { method: 'POST', body });
    expect(response.status).toBe(400);
    expect(response.headers.get('cache-control')).toContain('no-store');
  }
  expect(notices).toHaveLength(before);
  expect((await visitor.open(url)).status).toBe(200);
});
