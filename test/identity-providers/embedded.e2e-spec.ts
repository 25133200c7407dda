// Identity providers of a server inside a host application, below a path, and for users of the host's own.
import { UsersService } from '../../src/index.js';
import { PLATFORMS, startHost } from '../embedding/host.js';
import { startHostileProvider } from '../support/hostile-provider.js';
import { forms, textOf } from '../support/html.js';
import { CookieJar, visit } from '../support/http.js';
import { query } from '../support/database.js';
import { bootstrap, USERS } from '../support/fixtures.js';
import { startInProcess } from '../support/in-process.js';
import { ADA, People, populate } from '../users/people.js';
import { atProvider, become, leadsTo, signedInAs, signInWith, unique } from './house.js';

describe.each(PLATFORMS)('below a path, on %s', (platform) => {
  it('people come and go by redirects and by forms, and stay below it', async () => {
    const corp = await startHostileProvider();
    const provider = { serverMetadataUrl: corp.issuer, clientId: 'server' };
    const server = await startHost({
      platform,
      server: { issuerPath: '/auth', identityProviders: { corp: provider }, signUp: true },
    });
    const jar = new CookieJar();
    become(corp, { sub: unique('sub'), email: USERS.alice.email, email_verified: true });
    const connect = leadsTo(await signInWith(server, jar));
    expect(connect.pathname).toBe('/auth/sign-in');
    const [form] = forms(await (await visit(jar, connect)).text());
    const body = new URLSearchParams({ ...form.fields, password: USERS.alice.password });
    await visit(jar, new URL(form.action, connect), { method: 'POST', body });
    expect(await signedInAs(server, jar)).toBe('alice');

    const other = new CookieJar();
    const callback = await atProvider(leadsTo(await visit(other, `${server.issuer}/sign-in/with/corp`)));
    const posted = await fetch(callback.origin + callback.pathname, {
      method: 'POST',
      body: callback.searchParams,
      redirect: 'manual',
    });
    expect(leadsTo(posted).pathname).toBe('/auth/sign-in/with/corp/callback');
    await visit(other, leadsTo(posted));
    expect(await signedInAs(server, other)).toBe('alice');
    const refused = await fetch(callback.origin + callback.pathname, { method: 'POST', redirect: 'manual' });
    expect(refused.status).toBe(400);
  });
});

it('users of the host connect their accounts by the password there, get none by themselves, and leave none behind', async () => {
  populate();
  const corp = await startHostileProvider();
  const identityProviders = { corp: { serverMetadataUrl: corp.issuer, clientId: 'server', signUp: true } };
  const server = await startInProcess({ hostCache: 0, signUp: true, identityProviders }, [People], {
    ...bootstrap(),
    users: [],
  });
  const sub = unique('sub');
  become(corp, { sub, email: 'somebody@corp.example', email_verified: true });
  const jar = new CookieJar();
  const page = leadsTo(await signInWith(server, jar));
  const html = await (await visit(jar, page)).text();
  expect(textOf(html, 'connect-identity')).toContain('corp');
  const [form] = forms(html);
  const body = new URLSearchParams({ ...form.fields, username: 'ada', password: ADA.password });
  await visit(jar, new URL(form.action, page), { method: 'POST', body });
  const later = new CookieJar();
  await signInWith(server, later);
  expect(await signedInAs(server, later)).toBe('ada');
  await server.app.get(UsersService, { strict: false }).endAccess('42', 'user_deleted');
  expect(await query(server, 'SELECT FROM user_identities')).toEqual([]);
  expect(await query(server, 'SELECT FROM session_identities')).toEqual([]);
  expect(await signedInAs(server, later)).toBeUndefined();
});
