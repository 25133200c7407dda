// Guards beside the server itself: @CurrentUser() is the account, and roles are those that it has now.
import { Controller, Get } from '@nestjs/common';
import { CurrentUser, ResourceProtector } from 'nest-authorization-server/resource-server';
import { User } from '../../src/users/user.js';
import { CLIENTS } from '../support/fixtures.js';
import { obtainTokens, signIn } from '../support/flow.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';
import { query } from '../support/database.js';
import { eventually } from '../support/eventually.js';

@Controller('host')
class HostController {
  @Get('user')
  @ResourceProtector('profile')
  user(@CurrentUser() user: User): object {
    return { isUser: user instanceof User, username: user.username };
  }

  @Get('roles')
  @ResourceProtector(undefined, { roles: 'reporter' })
  roles(@CurrentUser() user: User): object {
    return { username: user.username };
  }
}

let server: InProcessServer;
let token: string;
beforeAll(async () => {
  server = await startInProcess({}, [HostController]);
  token = (await obtainTokens(server, CLIENTS.trusted, { scope: 'profile' }, await signIn(server))).access_token;
});

const ask = (path: string): Promise<Response> =>
  fetch(`${server.url}/host/${path}`, { headers: { authorization: `Bearer ${token}` } });

it('@CurrentUser() is the account behind the token', async () => {
  expect(await (await ask('user')).json()).toEqual({ isUser: true, username: 'alice' });
});

it('a role counts as soon as the account has it, and no longer, whatever token is presented', async () => {
  expect((await ask('roles')).status).toBe(403);
  const setRoles = (roles: string[]) => query(server, `UPDATE users SET roles = '{${roles.join(',')}}'`);
  await setRoles(['reporter']);
  await eventually(async () => (await ask('roles')).status === 200);
  await setRoles([]);
  await eventually(async () => (await ask('roles')).status === 403);
});
