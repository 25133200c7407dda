// Claims of a host application, in one file: what its own tables know of people.
// @see OIDC Core §5.4 https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims
import { Claims, type ClaimsContext, type ClaimsSource } from 'nest-authorization-server';
import { createClient } from '../support/clients.js';
import { administrate, obtainTokens, signIn } from '../support/flow.js';
import { startInProcess } from '../support/in-process.js';
import { openidConfiguration, userinfo } from '../support/openid.js';

const DEPARTMENTS = new Map([['alice', 'Research']]);

@Claims('department')
class DepartmentClaims implements ClaimsSource {
  readonly claims = ['department'];

  resolve({ user }: ClaimsContext): Record<string, unknown> {
    return { department: DEPARTMENTS.get(user.username) };
  }
}

@Claims('email', { replaces: true })
class WorkEmailClaims implements ClaimsSource {
  readonly claims = ['email'];

  resolve({ user }: ClaimsContext): Record<string, unknown> {
    return { email: `${user.username}@work.example` };
  }
}

it('are told with the scope that they are named after, beside those that take the place of built-in ones (§5.4)', async () => {
  const server = await startInProcess({}, [DepartmentClaims, WorkEmailClaims]);
  await administrate(server, 'POST', '/api/scopes', { name: 'department', description: 'See where you work' });
  const client = await createClient(server, { scope: 'openid email department' });
  const parameters = { redirect_uri: client.redirect_uris[0], scope: 'openid email department' };
  const { access_token } = await obtainTokens(server, client, parameters, await signIn(server));
  const told = await (await userinfo(server, access_token)).json();
  expect(told).toEqual({ sub: expect.any(String), department: 'Research', email: 'alice@work.example' });
  const { claims_supported } = await openidConfiguration(server);
  expect(claims_supported).toEqual(expect.arrayContaining(['department', 'email']));
  expect(claims_supported).not.toEqual(expect.arrayContaining(['email_verified']));
});
