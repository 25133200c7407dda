// Sign in with an account at an identity provider: who becomes whom, and where they go on.
// @see OIDC Core §5.7 https://openid.net/specs/openid-connect-core-1_0.html#ClaimStability
import { decodeJwt } from 'jose';
import { query } from '../support/database.js';
import { USERS } from '../support/fixtures.js';
import { redeem, signIn } from '../support/flow.js';
import { forms, textOf } from '../support/html.js';
import { CookieJar, visit } from '../support/http.js';
import { APP, atProvider, authorizationUrl, become, leadsTo, signedInAs, signInWith, startHouse, unique, waitingAt } from './house.js'; // prettier-ignore

const { server, corp, club } = await startHouse();

const usersOf = (subject: string): Promise<{ user_id: string; provider: string; email: string }[]> =>
  query(server, `SELECT user_id, provider, email FROM user_identities WHERE subject = '${subject}'`);

describe('somebody who comes for the first time', () => {
  it('gets an account of what the provider says, without a password, and is signed in', async () => {
    const [sub, name] = [unique('sub'), unique('dora')];
    become(corp, {
      sub,
      preferred_username: name,
      name: 'Dora D',
      picture: 'javascript:alert(1)',
      email: `${name}@corp.example`,
      email_verified: true,
      amr: ['pwd'],
    });
    const jar = new CookieJar();
    const answer = await signInWith(server, jar);
    expect(leadsTo(answer).href).toBe(`${server.issuer}/?notice=accountCreated`);
    expect(await signedInAs(server, jar)).toBe(name);
    const [user] = await query<Record<string, unknown>>(server, `SELECT * FROM users WHERE username = '${name}'`);
    expect(user).toMatchObject({
      email: `${name}@corp.example`,
      email_verified: true,
      password_hash: null,
      roles: [],
      claims: { name: 'Dora D' },
    });
    expect(await usersOf(sub)).toEqual([{ user_id: user?.id, provider: 'corp', email: `${name}@corp.example` }]);
  });

  it('is the same user the next time, whatever else the provider says then', async () => {
    const [sub, name] = [unique('sub'), unique('eve')];
    become(corp, { sub, preferred_username: name });
    await signInWith(server);
    become(corp, { sub, preferred_username: unique('other'), email: USERS.alice.email, email_verified: true });
    const jar = new CookieJar();
    expect(leadsTo(await signInWith(server, jar)).href).toBe(`${server.issuer}/`);
    expect(await signedInAs(server, jar)).toBe(name);
  });

  it('gets a user name that nobody has', async () => {
    const sub = unique('sub');
    become(corp, { sub, preferred_username: 'alice' });
    const jar = new CookieJar();
    await signInWith(server, jar);
    expect(await signedInAs(server, jar)).toMatch(/^alice-\d{4,6}$/);
  });

  it.each([
    ['an e-mail address as its name', { preferred_username: 'x1@corp.example' }, /^x1(-\d+)?$/],
    [
      'a name that cannot be seen',
      { preferred_username: '\u200b\u202e', name: 'Zoë  van Dam' },
      /^Zoë van Dam(-\d+)?$/,
    ],
    ['no name at all', { preferred_username: '@@', name: 42 }, /^user(-\d+)?$/],
    ['a name that is too long', { preferred_username: 'y'.repeat(500) }, /^y{50}(-\d+)?$/],
  ])('with %s gets one that is acceptable', async (_, claims, username) => {
    become(corp, { sub: unique('sub'), ...claims });
    const jar = new CookieJar();
    await signInWith(server, jar);
    expect(await signedInAs(server, jar)).toMatch(username);
  });

  it('is known by issuer and subject together: the same subject elsewhere is somebody else', async () => {
    const [sub, here, there] = [unique('sub'), unique('here'), unique('there')];
    become(corp, { sub, preferred_username: here });
    become(club, { sub, preferred_username: there });
    const [one, other] = [new CookieJar(), new CookieJar()];
    await signInWith(server, one);
    await signInWith(server, other, '/sign-in/with/club');
    expect([await signedInAs(server, one), await signedInAs(server, other)]).toEqual([here, there]);
  });

  it('becomes one user, also in two tabs at once', async () => {
    const sub = unique('sub');
    become(corp, { sub, preferred_username: unique('twin') });
    await Promise.all([signInWith(server), signInWith(server), signInWith(server)]);
    const users = await query(server, `SELECT FROM users WHERE username LIKE 'twin%'`);
    expect([users.length, (await usersOf(sub)).length]).toEqual([1, 1]);
  });
});

describe('an e-mail address that has an account already', () => {
  it('does not make anybody its owner, proven or not', async () => {
    for (const verified of [true, false, undefined]) {
      const sub = unique('sub');
      become(corp, { sub, preferred_username: unique('mallory'), email: USERS.alice.email, email_verified: verified });
      const jar = new CookieJar();
      await signInWith(server, jar);
      expect(await signedInAs(server, jar)).not.toBe('alice');
    }
    const [{ email_canonical: email }] = await query<{ email_canonical: string }>(
      server,
      `SELECT email_canonical FROM users WHERE username = 'alice'`,
    );
    expect(email).toBe(USERS.alice.email);
  });

  it('that is not proven is kept as what they say, and nobody is told that it has an account', async () => {
    const [sub, name] = [unique('sub'), unique('mallory')];
    become(corp, { sub, preferred_username: name, email: USERS.alice.email, email_verified: false });
    const answer = await signInWith(server);
    expect(leadsTo(answer).pathname).toBe('/');
    const rows = await query(
      server,
      `SELECT email, email_verified, email_canonical FROM users WHERE username = '${name}'`,
    );
    expect(rows).toEqual([{ email: USERS.alice.email, email_verified: false, email_canonical: null }]);
  });

  it('that is proven leads to the question whose account it is, which the password answers', async () => {
    const sub = unique('sub');
    become(corp, { sub, preferred_username: 'x', email: USERS.alice.email, email_verified: true });
    const jar = new CookieJar();
    const page = leadsTo(await signInWith(server, jar));
    expect(page.pathname).toBe('/sign-in');
    const shown = await visit(jar, page);
    const html = await shown.text();
    expect(textOf(html, 'connect-identity')).toContain(USERS.alice.email);
    expect(await usersOf(sub)).toEqual([]);
    const signInForm = forms(html).find(({ id }) => id === 'sign-in')!;
    expect(signInForm.fields.username).toBe(USERS.alice.email);
    const body = new URLSearchParams({ ...signInForm.fields, password: USERS.alice.password });
    const done = await visit(jar, new URL(signInForm.action, page), { method: 'POST', body });
    expect(done.status).toBe(303);
    expect(await signedInAs(server, jar)).toBe('alice');
    expect(await usersOf(sub)).toHaveLength(1);

    const later = new CookieJar();
    await signInWith(server, later);
    expect(await signedInAs(server, later)).toBe('alice');
  });

  it('is not linked by a wrong password', async () => {
    const sub = unique('sub');
    become(corp, { sub, email: USERS.bob.email, email_verified: true });
    const jar = new CookieJar();
    const page = leadsTo(await signInWith(server, jar));
    const [signInForm] = forms(await (await visit(jar, page)).text());
    const body = new URLSearchParams({ ...signInForm.fields, password: 'not his password' });
    expect((await visit(jar, new URL(signInForm.action, page), { method: 'POST', body })).status).toBe(400);
    expect(await usersOf(sub)).toEqual([]);
  });

  it('waits in this browser only: the page of another one is refused', async () => {
    become(corp, { sub: unique('sub'), email: USERS.bob.email, email_verified: true });
    const page = leadsTo(await signInWith(server));
    const victim = await signIn(server, USERS.bob);
    const shown = await visit(victim, page);
    expect(shown.status).toBe(400);
    const own = await visit(victim, `${server.url}/sign-in?switch=1`);
    const [signInForm] = forms(await own.text());
    const identity = page.searchParams.get('identity')!;
    const body = new URLSearchParams({
      ...signInForm.fields,
      identity,
      username: 'bob',
      password: USERS.bob.password,
    });
    expect((await visit(victim, `${server.url}/sign-in`, { method: 'POST', body })).status).toBe(400);
  });
});

describe('a client that waits', () => {
  it('gets its answer after the sign-in at the provider', async () => {
    const name = unique('frida');
    become(corp, { sub: unique('sub'), preferred_username: name, name: 'Frida' });
    const jar = new CookieJar();
    const page = await waitingAt(server, jar, { scope: 'openid profile', nonce: 'n' });
    const html = await (await visit(jar, page)).text();
    const link = /id="sign-in-with-corp" href="([^"]+)"/.exec(html)![1].replaceAll('&amp;', '&');
    expect(html).toContain('Corp &amp; Co');
    const answer = leadsTo(await signInWith(server, jar, link));
    expect(answer.href).toMatch(/^https:\/\/app\.example\/callback\?/);
    expect(answer.searchParams.get('state')).toBe('its-state');
    const grant = {
      code: answer.searchParams.get('code')!,
      verifier: 'v'.repeat(43),
      redirectUri: APP.redirect_uris[0],
    };
    const tokens = await redeem(server, APP, grant);
    expect(decodeJwt(tokens.id_token!)).toMatchObject({ nonce: 'n', aud: 'app' });
  });

  it('keeps a request of eight thousand bytes', async () => {
    become(corp, { sub: unique('sub') });
    const jar = new CookieJar();
    const state = 's'.repeat(7000);
    const page = await waitingAt(server, jar, { state });
    const start = `/sign-in/with/corp${page.search}`;
    const answer = leadsTo(await signInWith(server, jar, start));
    expect(answer.searchParams.get('state')).toBe(state);
    expect(jar.names().filter((name) => name.includes('waiting'))).toEqual([]);
  });

  it('waits in several tabs at once, each with its own answer', async () => {
    become(corp, { sub: unique('sub') });
    const jar = new CookieJar();
    const tabs = [];
    for (const state of ['one', 'two', 'three']) {
      const page = await waitingAt(server, jar, { state });
      tabs.push(leadsTo(await visit(jar, `${server.url}/sign-in/with/corp${page.search}`)));
    }
    const states = [];
    for (const tab of tabs.reverse())
      states.push(leadsTo(await visit(jar, await atProvider(tab))).searchParams.get('state'));
    expect(states).toEqual(['three', 'two', 'one']);
  });

  it('tells the provider whom it means, in which language, how strong and how fresh', async () => {
    const jar = new CookieJar();
    const asked = { login_hint: 'frida', ui_locales: 'de', acr_values: 'gold silver', max_age: 300 };
    const page = await waitingAt(server, jar, asked);
    const upstream = leadsTo(await visit(jar, `${server.url}/sign-in/with/corp${page.search}`));
    expect(Object.fromEntries(upstream.searchParams)).toMatchObject({ ...asked, max_age: '300' });
    expect(upstream.searchParams.get('prompt')).toBeNull();
    expect(upstream.searchParams.get('state')).not.toBe('its-state');
    for (const prompt of ['login', 'select_account']) {
      const other = await waitingAt(server, new CookieJar(), { prompt });
      expect(other.pathname).toBe('/sign-in');
    }
  });

  it('with prompt=login is not answered by a sign-in of before', async () => {
    const sub = unique('sub');
    become(corp, { sub, auth_time: Math.floor(Date.now() / 1000) - 30 });
    const jar = new CookieJar();
    await signInWith(server, jar);
    const page = await waitingAt(server, jar, { prompt: 'login' });
    const start = `/sign-in/with/corp${page.search}`;
    const upstream = leadsTo(await visit(jar, server.url + start));
    expect([upstream.searchParams.get('prompt'), upstream.searchParams.get('max_age')]).toEqual(['login', '0']);
    become(corp, { sub, auth_time: Math.floor(Date.now() / 1000) - 60 });
    expect(leadsTo(await signInWith(server, jar, start)).pathname).toBe('/sign-in');
    become(corp, { sub, auth_time: undefined });
    expect(leadsTo(await signInWith(server, jar, start)).pathname).toBe('/sign-in');
    become(corp, { sub });
    expect(leadsTo(await signInWith(server, jar, start)).host).toBe('app.example');
  });

  it('with max_age is told when they signed in at the provider', async () => {
    const sub = unique('sub');
    const authTime = Math.floor(Date.now() / 1000) - 200;
    become(corp, { sub, auth_time: authTime });
    const jar = new CookieJar();
    const page = await waitingAt(server, jar, { max_age: 100 });
    const tooOld = await signInWith(server, jar, `/sign-in/with/corp${page.search}`);
    expect(leadsTo(tooOld).pathname).toBe('/sign-in');
    const other = new CookieJar();
    const again = await waitingAt(server, other, { max_age: 1000 });
    const answer = leadsTo(await signInWith(server, other, `/sign-in/with/corp${again.search}`));
    const grant = {
      code: answer.searchParams.get('code')!,
      verifier: 'v'.repeat(43),
      redirectUri: APP.redirect_uris[0],
    };
    const { id_token: idToken } = await redeem(server, APP, grant);
    expect(decodeJwt(idToken!).auth_time).toBe(authTime);
  });

  it('is not told methods that the provider claims, unless the operator believes them', async () => {
    become(corp, { sub: unique('sub'), amr: ['pwd', 'otp'] });
    const jar = new CookieJar();
    const page = await waitingAt(server, jar);
    const answer = leadsTo(await signInWith(server, jar, `/sign-in/with/corp${page.search}`));
    const grant = {
      code: answer.searchParams.get('code')!,
      verifier: 'v'.repeat(43),
      redirectUri: APP.redirect_uris[0],
    };
    const claims = decodeJwt((await redeem(server, APP, grant)).id_token!);
    expect([claims.amr, claims.acr]).toEqual([undefined, undefined]);
  });
});

describe('idp_hint', () => {
  it.each(['idp_hint', 'kc_idp_hint'])(
    '%s goes straight to the provider, and to the client from there',
    async (hint) => {
      become(corp, { sub: unique('sub') });
      const jar = new CookieJar();
      const start = await waitingAt(server, jar, { [hint]: 'corp' });
      expect(start.pathname).toBe('/sign-in/with/corp');
      expect(leadsTo(await signInWith(server, jar, start.pathname + start.search)).host).toBe('app.example');
    },
  );

  it('of a provider that there is not leads to the sign-in page, and with prompt=none nowhere', async () => {
    for (const name of ['nobody', '../corp', 'constructor'])
      expect((await waitingAt(server, new CookieJar(), { idp_hint: name })).pathname).toBe('/sign-in');
    const silent = await waitingAt(server, new CookieJar(), { idp_hint: 'corp', prompt: 'none' });
    expect(silent.searchParams.get('error')).toBe('login_required');
  });

  it('is nothing to somebody who is signed in already', async () => {
    const jar = await signIn(server, USERS.alice);
    const answer = leadsTo(await visit(jar, authorizationUrl(server, { idp_hint: 'corp' })));
    expect(answer.host).toBe('app.example');
  });
});

describe('what must not be', () => {
  it('an answer counts in the browser that began, at its own provider, and once', async () => {
    become(corp, { sub: unique('sub') });
    const jar = new CookieJar();
    const callback = await atProvider(leadsTo(await visit(jar, `${server.url}/sign-in/with/corp`)));
    const cookies = jar.copy();
    expect(leadsTo(await visit(new CookieJar(), callback)).search).toContain('problem=failed');
    const elsewhere = new URL(callback.href.replace('/with/corp/', '/with/club/'));
    expect(leadsTo(await visit(jar.copy(), elsewhere)).search).toContain('problem=failed');
    expect(leadsTo(await visit(jar, callback)).search).toBe('?notice=accountCreated');
    const replayed = await visit(cookies, callback);
    expect(leadsTo(replayed).search).toContain('problem=failed');
    expect(cookies.session()).toBeUndefined();
  });

  it.each([
    ['an ID token for somebody else', { aud: 'other' }],
    ['another nonce', { nonce: 'other' }],
    ['another issuer', { iss: 'https://else.example' }],
    ['no subject', { sub: undefined }],
    ['an expired ID token', { exp: 1 }],
  ])('%s signs nobody in, and leads back to the sign-in page', async (_, claims) => {
    become(corp, { sub: unique('sub'), ...claims });
    const jar = new CookieJar();
    const back = leadsTo(await signInWith(server, jar));
    expect([back.pathname, back.searchParams.get('problem')]).toEqual(['/sign-in', 'failed']);
    expect(jar.session()).toBeUndefined();
    const page = await visit(jar, back);
    expect([page.status, textOf(await page.text(), 'error-summary')]).toEqual([
      200,
      expect.stringContaining('Corp & Co'),
    ]);
  });

  it('a subject that cannot be stored signs nobody in', async () => {
    for (const sub of ['x'.repeat(256), 'a\u0000b', '\ud800']) {
      become(corp, { sub });
      expect(leadsTo(await signInWith(server)).searchParams.get('problem')).toBe('failed');
    }
  });

  it('a provider that is away, and people who change their mind, lead back to where they were', async () => {
    const jar = new CookieJar();
    const page = await waitingAt(server, jar);
    corp.bends = { callback: (answer) => { answer.delete('code'); answer.set('error', 'access_denied'); } }; // prettier-ignore
    const back = leadsTo(await signInWith(server, jar, `/sign-in/with/corp${page.search}`));
    expect([back.pathname, back.searchParams.has('problem'), back.searchParams.has('interaction')]).toEqual(
      ['/sign-in', false, true], // prettier-ignore
    );
    expect((await visit(jar, back)).status).toBe(200);
    corp.bends = { token: () => (response) => void response.writeHead(503).end('busy') };
    expect(leadsTo(await signInWith(server, jar)).searchParams.get('problem')).toBe('failed');
    corp.bends = {};
  });

  it('next leads nowhere but to pages of our own', async () => {
    for (const next of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      become(corp, { sub: unique('sub') });
      const path = `/sign-in/with/corp?next=${encodeURIComponent(next)}`;
      expect(leadsTo(await signInWith(server, new CookieJar(), path)).origin).toBe(server.url);
    }
    const jar = new CookieJar();
    expect(leadsTo(await signInWith(server, jar, '/sign-in/with/corp?next=%2Faccount')).pathname).toBe('/account');
  });

  it('somebody who is disabled here does not get in, and nobody else hears of it', async () => {
    const name = unique('gone');
    become(corp, { sub: unique('sub'), preferred_username: name });
    await signInWith(server);
    const [{ id }] = await query<{ id: string }>(server, `SELECT id FROM users WHERE username = '${name}'`);
    await query(server, `UPDATE users SET disabled_at = now() WHERE id = '${id}'`);
    const jar = new CookieJar();
    const back = leadsTo(await signInWith(server, jar));
    expect([back.pathname, back.searchParams.get('problem')]).toEqual(['/sign-in', 'refused']);
    expect(jar.session()).toBeUndefined();
  });

  it('a provider that there is not is a page that there is not', async () => {
    for (const path of ['nobody', 'nobody/callback', '__proto__', '%00'])
      expect((await visit(new CookieJar(), `${server.url}/sign-in/with/${path}`)).status).toBeGreaterThanOrEqual(400);
    expect((await visit(new CookieJar(), `${server.url}/sign-in/with/nobody`)).status).toBe(404);
  });

  it('the session of before ends: nobody keeps a session id across a sign-in', async () => {
    become(corp, { sub: unique('sub') });
    const jar = await signIn(server, USERS.bob);
    const before = jar.session()?.value;
    await signInWith(server, jar, '/sign-in/with/corp?switch=1');
    expect(jar.session()?.value).not.toBe(before);
    expect(await signedInAs(server, jar)).not.toBe('bob');
  });

  it('no secret of the sign-in is in the log', () => {
    expect(server.logs()).not.toMatch(/code_verifier|"nonce"|eyJ[\w-]{20,}\./);
  });
});
