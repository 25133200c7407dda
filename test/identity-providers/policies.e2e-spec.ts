// What the operator lets an identity provider decide, and how providers are configured.
import { decodeJwt } from 'jose';
import { query } from '../support/database.js';
import { USERS } from '../support/fixtures.js';
import { redeem } from '../support/flow.js';
import { forms, textOf } from '../support/html.js';
import { CookieJar, visit } from '../support/http.js';
import { startServer } from '../support/server.js';
import { APP, become, leadsTo, signedInAs, signInWith, startHouse, unique, waitingAt } from './house.js';

const { server, corp } = await startHouse({
  response_mode: 'form_post',
  sign_up: false,
  link_by_verified_email: true,
  trust_amr: true,
});

/** To the provider and back by its form, which another site posts without our cookies: the answer of the callback. */
async function postedBack(jar: CookieJar, path = '/sign-in/with/corp'): Promise<Response> {
  const there = await fetch(leadsTo(await visit(jar, server.url + path)));
  const [form] = forms(await there.text());
  const request = { method: 'POST', body: new URLSearchParams(form.fields), redirect: 'manual' } as const;
  const posted = await fetch(form.action, { ...request, headers: { origin: corp.issuer } });
  expect([posted.status, posted.headers.getSetCookie()]).toEqual([303, []]);
  return visit(jar, leadsTo(posted));
}

it('an answer that the provider posts counts in the browser that began, and in no other', async () => {
  become(corp, { sub: unique('sub'), email: USERS.alice.email, email_verified: true });
  const jar = new CookieJar();
  await postedBack(jar);
  expect(await signedInAs(server, jar)).toBe('alice');
  const there = await fetch(leadsTo(await visit(new CookieJar(), `${server.url}/sign-in/with/corp`)));
  const [form] = forms(await there.text());
  const body = new URLSearchParams(form.fields);
  const posted = await fetch(form.action, { method: 'POST', body, redirect: 'manual' });
  const victim = new CookieJar();
  expect(leadsTo(await visit(victim, leadsTo(posted))).searchParams.get('problem')).toBe('failed');
  expect(victim.session()).toBeUndefined();
});

it('with link_by_verified_email an account is linked where both sides have proven the address', async () => {
  const unproven = unique('sub');
  become(corp, { sub: unproven, email: USERS.bob.email, email_verified: true });
  const page = leadsTo(await postedBack(new CookieJar()));
  expect([page.pathname, page.searchParams.has('identity')]).toEqual(['/sign-in', true]);
  become(corp, { sub: unproven, email: USERS.alice.email, email_verified: false });
  expect(leadsTo(await postedBack(new CookieJar())).searchParams.has('identity')).toBe(true);
  expect(await query(server, `SELECT FROM user_identities WHERE subject = '${unproven}'`)).toEqual([]);
});

it('with sign_up: false nobody gets an account, and the page says how to connect one', async () => {
  const email = `${unique('nobody')}@corp.example`;
  become(corp, { sub: unique('sub'), email, email_verified: true });
  const jar = new CookieJar();
  const shown = await (await visit(jar, leadsTo(await postedBack(jar)))).text();
  expect(textOf(shown, 'connect-identity')).toContain('No account here is connected with Corp & Co');
  expect(await query(server, `SELECT FROM users WHERE email = '${email}'`)).toEqual([]);
});

it('with trust_amr clients are told the methods of the provider, and the class that follows', async () => {
  become(corp, { sub: unique('sub'), email: USERS.alice.email, email_verified: true, amr: ['pwd', 'otp', 7] });
  const jar = new CookieJar();
  const page = await waitingAt(server, jar);
  const answer = leadsTo(await postedBack(jar, `/sign-in/with/corp${page.search}`));
  const code = answer.searchParams.get('code')!;
  const tokens = await redeem(server, APP, { code, verifier: 'v'.repeat(43), redirectUri: APP.redirect_uris[0] });
  expect(decodeJwt(tokens.id_token!)).toMatchObject({ amr: ['pwd', 'otp'], acr: '1' });
});

it('providers come from the environment, too', async () => {
  const other = await startServer({
    env: {
      IDENTITY_PROVIDERS: 'campus',
      CAMPUS_CLIENT_ID: 'server',
      CAMPUS_SERVER_METADATA_URL: corp.issuer,
      CAMPUS_LABEL: 'The Campus',
    },
  });
  become(corp, { sub: unique('sub'), preferred_username: 'casey' });
  const jar = new CookieJar();
  const page = await (await visit(jar, `${other.url}/sign-in`)).text();
  expect(page).toContain('The Campus');
  await signInWith(other, jar, '/sign-in/with/campus');
  expect(await signedInAs(other, jar)).toBe('casey');
});

it('a provider that cannot be used stops the start, by name and without values', async () => {
  const bad = await startServer({
    env: { IDENTITY_PROVIDERS: 'google', GOOGLE_CLIENT_SECRET: 'canary-secret' },
    waitUntilReady: false,
  });
  expect(await bad.exited).toBe(1);
  expect(bad.logs()).toMatch(/identity provider google\.clientId/);
  expect(bad.logs()).not.toContain('canary-secret');
});
