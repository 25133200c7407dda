// What ends with an identity that is unlinked, or with a session at the provider; and the page of who has no password.
import { query } from '../support/database.js';
import { USERS } from '../support/fixtures.js';
import { forms } from '../support/html.js';
import { CookieJar, visit } from '../support/http.js';
import { become, leadsTo, signedInAs, signInWith, startHouse, unique } from './house.js';

const { server, corp } = await startHouse({ link_by_verified_email: true });
const account = `${server.url}/account`;

it('the sessions that were begun with an identity end when it is unlinked, but for the one that does it', async () => {
  await query(server, `UPDATE users SET email_verified = true WHERE username = 'alice'`);
  const sub = unique('sub');
  become(corp, { sub, email: USERS.alice.email, email_verified: true });
  const [own, stolen] = [new CookieJar(), new CookieJar()];
  await signInWith(server, own);
  await signInWith(server, stolen);
  expect(await signedInAs(server, stolen)).toBe('alice');
  const form = forms(await (await visit(own, account)).text()).find(({ action }) => action.endsWith('/unlink'))!;
  const body = new URLSearchParams(form.fields);
  await visit(own, new URL(form.action, account), { method: 'POST', body });
  expect([await signedInAs(server, own), await signedInAs(server, stolen)]).toEqual(['alice', undefined]);
});

it('somebody without a password proves who they are at the provider: there is no form for one', async () => {
  const jar = new CookieJar();
  become(corp, { sub: unique('sub') });
  await signInWith(server, jar);
  const html = await (await visit(jar, `${server.url}/sign-in?fresh=1&next=/account`)).text();
  expect(forms(html).filter(({ id }) => id === 'sign-in')).toEqual([]);
  expect(html).toContain('id="sign-in-with-corp"');
  const problem = await (await visit(jar, `${server.url}/sign-in?fresh=1&problem=failed&with=corp`)).text();
  expect(problem).toContain('id="error-summary"');
});

it('whoever does not want to connect an account can go back', async () => {
  const jar = new CookieJar();
  become(corp, { sub: unique('sub'), email: USERS.bob.email, email_verified: true });
  const page = leadsTo(await signInWith(server, jar));
  const form = forms(await (await visit(jar, page)).text()).find(({ id }) => id === 'sign-in-cancel-form')!;
  const body = new URLSearchParams({ ...form.fields, decision: 'cancel' });
  const answer = await visit(jar, new URL(form.action, page), { method: 'POST', body });
  expect([answer.status, leadsTo(answer).pathname]).toEqual([303, '/']);
});
