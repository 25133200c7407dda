// What becomes of the sign-in page, and of those who signed in at the provider long ago.
import { query } from '../support/database.js';
import { USERS } from '../support/fixtures.js';
import { signIn } from '../support/flow.js';
import { forms, textOf } from '../support/html.js';
import { CookieJar, visit } from '../support/http.js';
import {
  atProvider,
  authorizationUrl,
  become,
  leadsTo,
  signedInAs,
  signInWith,
  startHouse,
  unique,
  waitingAt,
} from './house.js';

const DAY = 86_400;
const { server, corp } = await startHouse();

function secondsAgo(seconds: number): number {
  return Math.floor(Date.now() / 1000) - seconds;
}

/** The way to the provider that a page offers. */
function startOn(page: string): string {
  const [, href] = /id="sign-in-with-corp" href="([^"]*)"/.exec(page)!;
  return href.replaceAll('&amp;', '&');
}

describe('somebody who signed in at the provider longer ago than a session lasts', () => {
  it('is sent back there to prove it again, and is signed in then', async () => {
    const sub = unique('sub');
    const jar = new CookieJar();
    become(corp, { sub, preferred_username: unique('old'), auth_time: secondsAgo(30 * DAY) });
    const page = await waitingAt(server, jar);
    const again = leadsTo(await signInWith(server, jar, `/sign-in/with/corp${page.search}`));
    expect(again.origin).toBe(corp.issuer);
    expect([again.searchParams.get('prompt'), again.searchParams.get('max_age')]).toEqual(['login', '0']);
    become(corp, { sub, preferred_username: unique('old') });
    expect(leadsTo(await visit(jar, await atProvider(again))).host).toBe('app.example');
  });

  it('is told so when the provider does not ask them', async () => {
    const jar = new CookieJar();
    become(corp, { sub: unique('sub'), auth_time: secondsAgo(30 * DAY) });
    const again = leadsTo(await signInWith(server, jar));
    const page = leadsTo(await visit(jar, await atProvider(again)));
    expect([page.pathname, page.searchParams.get('problem')]).toEqual(['/sign-in', 'failed']);
    expect(await signedInAs(server, jar)).toBeUndefined();
  });
});

it('whoever is asked once more is told why', async () => {
  const jar = new CookieJar();
  // Near enough for clocks that differ, not for a client that wants it now.
  become(corp, { sub: unique('sub'), auth_time: secondsAgo(60) });
  const page = await waitingAt(server, jar, { prompt: 'login' });
  const back = leadsTo(await signInWith(server, jar, `/sign-in/with/corp${page.search}`));
  expect([back.pathname, back.searchParams.get('problem')]).toEqual(['/sign-in', 'not-fresh']);
  expect(await (await visit(jar, back)).text()).toContain('does not confirm that you have just signed in');
});

describe('somebody else than who is signed in', () => {
  it('has chosen their account by coming with it, however long ago they signed in there', async () => {
    const jar = await signIn(server, USERS.alice);
    const choice = await waitingAt(server, jar, { prompt: 'select_account' });
    expect(choice.pathname).toBe('/select-account');
    const others = await (await visit(jar, `${server.url}/sign-in${choice.search}&switch=1`)).text();
    become(corp, { sub: unique('sub'), preferred_username: unique('guest'), auth_time: secondsAgo(300) });
    expect(leadsTo(await signInWith(server, jar, startOn(others))).host).toBe('app.example');
  });

  it('who changes their mind at the provider is not taken for who is signed in', async () => {
    const jar = await signIn(server, USERS.alice);
    const choice = await waitingAt(server, jar, { prompt: 'select_account' });
    const others = await (await visit(jar, `${server.url}/sign-in${choice.search}&switch=1`)).text();
    corp.bends = { callback: (answer) => (answer.delete('code'), answer.set('error', 'access_denied')) };
    const back = leadsTo(await signInWith(server, jar, startOn(others)));
    corp.bends = {};
    const page = await visit(jar, back);
    expect([back.searchParams.get('switch'), page.status]).toEqual(['1', 200]);
  });

  it('who is not known here is asked for their account, though a client waits and somebody is signed in', async () => {
    const jar = await signIn(server, USERS.alice);
    become(corp, { sub: unique('sub'), email: USERS.bob.email, email_verified: true });
    const choice = await waitingAt(server, jar, { prompt: 'select_account' });
    const others = await (await visit(jar, `${server.url}/sign-in${choice.search}&switch=1`)).text();
    const connect = leadsTo(await signInWith(server, jar, startOn(others)));
    const html = await (await visit(jar, connect)).text();
    expect(textOf(html, 'connect-identity')).toContain(USERS.bob.email);
    const form = forms(html).find(({ id }) => id === 'sign-in')!;
    const body = new URLSearchParams({ ...form.fields, password: USERS.bob.password });
    const done = await visit(jar, new URL(form.action, connect), { method: 'POST', body });
    expect(leadsTo(done).host).toBe('app.example');
    expect(await signedInAs(server, jar)).toBe('bob');
  });
});

it('an e-mail address that the ID token leaves out later is still shown', async () => {
  const sub = unique('sub');
  const email = `${sub}@corp.example`;
  become(corp, { sub, email });
  await signInWith(server);
  become(corp, { sub });
  await signInWith(server);
  expect(await query(server, `SELECT email FROM user_identities WHERE subject = '${sub}'`)).toEqual([{ email }]);
});

it('the last way to sign in is the last one that there is: identities of providers that are gone are none', async () => {
  const sub = unique('sub');
  const jar = new CookieJar();
  become(corp, { sub });
  await signInWith(server, jar);
  await query(
    server,
    `INSERT INTO user_identities (issuer, subject, provider, user_id)
     SELECT 'https://gone.example', subject, 'gone', user_id FROM user_identities WHERE subject = '${sub}'`,
  );
  const [{ id }] = await query<{ id: string }>(
    server,
    `SELECT id FROM user_identities WHERE subject = '${sub}' AND provider = 'corp'`,
  );
  const account = `${server.url}/account`;
  const form = forms(await (await visit(jar, account)).text()).find(({ action }) => action.includes(id))!;
  const body = new URLSearchParams(form.fields);
  const answer = await visit(jar, new URL(form.action, account), { method: 'POST', body });
  expect(leadsTo(answer).searchParams.get('problem')).toBe('last-way');
});

it('names, addresses and pictures of a hostile provider are text, and what cannot be kept is left out', async () => {
  const jar = new CookieJar();
  const name = '<img src=x onerror=alert(1)>"\'&';
  become(corp, {
    sub: unique('sub'),
    preferred_username: 'x'.repeat(10_240),
    nickname: '\u0000',
    name,
    given_name: '\ud800',
    family_name: 'y'.repeat(10_240),
    email: `"<script>"@corp.example`,
    email_verified: true,
    picture: 'javascript:alert(1)',
    website: 'data:text/html,x',
    profile: { a: 1 },
    locale: ['de'],
    zoneinfo: 7,
  });
  expect(leadsTo(await signInWith(server, jar)).pathname).toBe('/');
  const html = await (await visit(jar, `${server.url}/account`)).text();
  expect(html).not.toContain('<img src=x');
  expect(html).not.toContain('<script>"');
  const [{ claims }] = await query<{ claims: object }>(
    server,
    'SELECT claims FROM users ORDER BY created_at DESC LIMIT 1',
  );
  expect(claims).toEqual({ name });
});

it('a hint is followed once: after a failure the sign-in page is shown', async () => {
  const jar = new CookieJar();
  corp.bends = { callback: (answer) => (answer.delete('code'), answer.set('error', 'server_error')) };
  const start = leadsTo(await visit(jar, authorizationUrl(server, { idp_hint: 'corp' })));
  const back = leadsTo(await signInWith(server, jar, start.pathname + start.search));
  corp.bends = {};
  expect([back.pathname, (await visit(jar, back)).status]).toEqual(['/sign-in', 200]);
});
