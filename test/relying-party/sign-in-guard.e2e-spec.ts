// The guard of a whole application: it leaves the way in open.
import { Controller, Get } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import {
  ReceiveLogout,
  RemoteUser,
  RequireSignIn,
  SignInGuard,
  SignInWith,
} from 'nest-authorization-server/relying-party';
import { startHostileProvider } from '../support/hostile-provider.js';
import { Visitor } from '../support/visitor.js';
import { clientOf, startSignInHost } from './sign-in-host.js';

@Controller('people')
@RequireSignIn('op')
class PeopleController {
  @SignInWith('op')
  signedIn(): void {
    return undefined;
  }

  @ReceiveLogout('op')
  signedOut(): void {
    return undefined;
  }

  @Get('me')
  me(@RemoteUser('sub') sub: string) {
    return { sub };
  }
}

@Controller()
class LinkController {
  @SignInWith('other')
  @RequireSignIn('op')
  linked(): void {
    return undefined;
  }
}

const op = await startHostileProvider();
const { url } = await startSignInHost({
  controllers: [PeopleController, LinkController],
  providers: [{ provide: APP_GUARD, useClass: SignInGuard }],
  clients: { op: clientOf(op), other: clientOf(op) },
});

it('of a controller or an application, leaves the routes of a sign-in to everybody', async () => {
  expect((await fetch(`${url}/people/me`)).status).toBe(401);
  const arrival = await new Visitor().open(`${url}/people/me`);
  expect([arrival.url.pathname, JSON.parse(arrival.text)]).toEqual(['/people/me', { sub: 'alice' }]);
});

it('leaves the routes of a logout to the provider', async () => {
  const body = new URLSearchParams({ logout_token: 'none' });
  expect((await fetch(`${url}/people/op/backchannel-logout`, { method: 'POST', body })).status).toBe(400);
});

it('holds for a sign-in that asks for one itself', async () => {
  expect((await fetch(`${url}/other`)).status).toBe(401);
});
