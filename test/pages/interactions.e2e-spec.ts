// The way from an authorization request to its answer: nothing can be taken away, changed, replayed or finished by others.
// @see OIDC Core §3.1.2.1, RFC 6819 §4.4.1 https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
import { CALLBACK, CLIENTS } from '../support/fixtures.js';
import { baseOf, redeem, signIn, signUp, submit } from '../support/flow.js';
import { hasId } from '../support/html.js';
import { CookieJar, form, pkce, visit } from '../support/http.js';
import { query } from '../support/database.js';
import { sharedServer } from '../support/server.js';
import { arrive, ask, formOf, interactionOf, isSignedIn, open, press, type Stop } from './browse.js';

const server = sharedServer();
const REFUSED = { location: undefined };

/** What an error page is: an error, and no way to the client. */
function expectRefusal(stop: Stop, status = 400): void {
  expect({ status: stop.status, location: stop.location }).toEqual({ status, location: undefined });
  expect(hasId(stop.html, 'error')).toBe(true);
}

/** Posts the consent form with fields of our own making, from a page of the same browser. */
async function postConsent(jar: CookieJar, csrf_token: string, interaction: string): Promise<Stop> {
  const body = form({ csrf_token, interaction, decision: 'allow' });
  return open(server, jar, '/consent', { method: 'POST', headers: { origin: server.url }, body });
}

const tokenAt = async (jar: CookieJar): Promise<string> =>
  formOf(await open(server, jar, '/oauth/logout'), 'sign-out').fields.csrf_token;

describe.each([
  ['prompt=login', { prompt: 'login' }],
  ['max_age=0', { max_age: 0 }],
  ['max_age=300, ten minutes later', { max_age: 300 }],
])('%s', (_title, params) => {
  const scope = 'read';

  async function asked(): Promise<{ jar: CookieJar; username: string; password: string; page: Stop }> {
    const user = await signUp(server);
    const first = await ask(server, user.jar, { scope });
    expect((await press(server, user.jar, first, 'consent', { decision: 'allow' })).params.code).toBeDefined();
    const sql = `UPDATE sessions SET auth_time = auth_time - interval '10 minutes'
      WHERE user_id = (SELECT id::text FROM users WHERE username = $1) RETURNING id`;
    expect(await query(server, sql, [user.username])).toHaveLength(1);
    expect((await ask(server, user.jar, { scope })).params.code).toBeDefined();
    return { ...user, page: await ask(server, user.jar, { scope, ...params }) };
  }

  it('asks who is signed in for the password, and goes on with it', async () => {
    const { jar, username, password, page } = await asked();
    expect(hasId(page.html, 'sign-in')).toBe(true);
    const wrong = await press(server, jar, page, 'sign-in', { username, password: 'a wrong password' });
    expect(wrong).toMatchObject({ ...REFUSED, status: 400 });
    const answer = await press(server, jar, wrong, 'sign-in', { username, password });
    expect(answer.params.code).toBeDefined();
  });

  it('is not satisfied by the session that was there', async () => {
    const { jar, page } = await asked();
    const sealed = encodeURIComponent(interactionOf(page));
    for (const path of [
      `/consent?interaction=${sealed}`,
      `/sign-in?interaction=${sealed}`,
      `/sign-in?interaction=${sealed}&next=%2Faccount`,
      `/consent?interaction=${sealed}&prompt=none&max_age=100000`,
      `/sign-up?interaction=${sealed}`,
    ]) {
      const stop = await open(server, jar, path);
      expect(stop.location).toBeUndefined();
      expect([path, hasId(stop.html, 'consent')]).toEqual([path, false]);
    }
    const stop = await postConsent(jar, await tokenAt(jar), interactionOf(page));
    expect(stop).toMatchObject(REFUSED);
    expect(hasId(stop.html, 'sign-in')).toBe(true);
  });

  it('is not satisfied by the same session under another link of the same request', async () => {
    const { jar, page } = await asked();
    const again = await ask(server, jar, { scope, ...params });
    expect(interactionOf(again)).not.toBe(interactionOf(page));
    expect(hasId((await open(server, jar, `/consent?interaction=${interactionOf(page)}`)).html, 'sign-in')).toBe(true);
  });
});

describe('a sealed interaction', () => {
  const PLACES = ['sign-in', 'consent'] as const;

  it.each(PLACES)('that was changed is refused (%s)', async (place) => {
    const { jar } = place === 'consent' ? await signUp(server) : { jar: new CookieJar() };
    const page = await ask(server, jar);
    const sealed = interactionOf(page);
    const flip = (index: number): string =>
      sealed.slice(0, index) + (sealed[index] === 'A' ? 'B' : 'A') + sealed.slice(index + 1);
    const middle = Math.floor(sealed.length / 2);
    for (const changed of [flip(0), flip(middle), sealed.slice(0, -8), `${sealed}AAAA`, 'x', sealed.repeat(2)]) {
      expectRefusal(await open(server, jar, `/${place}?interaction=${encodeURIComponent(changed)}`));
      const fields = {
        ...formOf(page, place).fields,
        interaction: changed,
        decision: 'allow',
        username: 'x',
        password: 'x',
      };
      const headers = { origin: server.url };
      expectRefusal(await open(server, jar, `/${place}`, { method: 'POST', headers, body: form(fields) }));
    }
    expect((await open(server, jar, `/${place}?interaction=${sealed}`)).status).toBe(200);
  });

  it('tells nothing of the request', async () => {
    const page = await ask(server, new CookieJar(), { state: 'a-state-to-be-found', scope: 'write' });
    const sealed = interactionOf(page);
    const read = sealed.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    expect([sealed, ...read].join()).not.toMatch(/a-state-to-be-found|client\.example/);
  });

  it.each(['allow', 'deny'])('is decided once (%s)', async (decision) => {
    const { jar, username, password } = await signUp(server);
    const page = await ask(server, jar, { scope: 'read' });
    const first = await press(server, jar, page, 'consent', { decision });
    expect(first.location?.origin).toBe(new URL(CALLBACK).origin);
    for (const again of ['allow', 'deny'])
      expectRefusal(await press(server, jar, page, 'consent', { decision: again }));
    expectRefusal(await open(server, jar, `/consent?interaction=${interactionOf(page)}`));
    const signInPage = await open(server, jar, `/sign-in?interaction=${interactionOf(page)}&switch=1`);
    expectRefusal(await press(server, jar, signInPage, 'sign-in', { username, password }));
  });

  it('has one winner when it is decided many times at once', async () => {
    const { jar } = await signUp(server);
    const page = await ask(server, jar, { scope: 'read' });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => press(server, jar.copy(), page, 'consent', { decision: 'allow' })),
    );
    expect(answers.filter(({ params }) => params.code !== undefined)).toHaveLength(1);
    for (const answer of answers.filter(({ params }) => params.code === undefined)) expectRefusal(answer);
  });

  it.each(PLACES)('means nothing in another browser (%s)', async (place) => {
    const mine = place === 'consent' ? (await signUp(server)).jar : new CookieJar();
    const sealed = interactionOf(await ask(server, mine));
    const { jar: theirs } = await signUp(server);
    for (const jar of [theirs, new CookieJar()]) {
      expectRefusal(await open(server, jar, `/${place}?interaction=${sealed}`));
      expectRefusal(await open(server, jar, `/sign-up?interaction=${sealed}`));
    }
    expectRefusal(await postConsent(theirs, await tokenAt(theirs), sealed));
    const sent = await open(server, mine.copy(), `/sign-in?interaction=${sealed}`);
    expect(sent.status).toBe(200);
  });

  it('shown to one user is not allowed by another', async () => {
    const { jar, username } = await signUp(server);
    const page = await ask(server, jar, { scope: 'read' });
    await press(server, jar, await open(server, jar, '/oauth/logout'), 'sign-out', { decision: 'confirm' });
    const next = await signUp(server);
    await signIn(server, next, jar);
    expectRefusal(await press(server, jar, page, 'consent', { decision: 'allow' }), 403);
    const sql = `SELECT FROM consents JOIN users ON users.id::text = user_id WHERE username IN ($1, $2)`;
    expect(await query(server, sql, [username, next.username])).toEqual([]);
    // With a page of their own the new user is asked, by name.
    const own = await open(server, jar, `/consent?interaction=${interactionOf(page)}`);
    expect(own.location).toBeUndefined();
    expect(own.html).toContain(next.username);
    expect(own.html).not.toContain(username);
  });

  it('that was asked for by somebody who signed out is not allowed by nobody', async () => {
    const { jar } = await signUp(server);
    const page = await ask(server, jar, { scope: 'read' });
    await press(server, jar, await open(server, jar, '/oauth/logout'), 'sign-out', { decision: 'confirm' });
    expectRefusal(await press(server, jar, page, 'consent', { decision: 'allow' }), 403);
    const token = formOf(await open(server, jar, '/sign-in'), 'sign-in').fields.csrf_token;
    const stop = await postConsent(jar, token, interactionOf(page));
    expect(stop).toMatchObject(REFUSED);
    expect(hasId(stop.html, 'sign-in')).toBe(true);
  });

  it('is not made by a client', async () => {
    const { jar } = await signUp(server);
    const page = await ask(server, jar, { interaction: 'x', consent: 'allow', decision: 'allow', approved: true });
    expect(hasId(page.html, 'consent')).toBe(true);
  });
});

describe('two tabs', () => {
  it('get each their own answer, in any order', async () => {
    const { jar } = await signUp(server);
    const [one, two] = [pkce('a'.repeat(43)), pkce('b'.repeat(43))];
    const first = await ask(server, jar, { scope: 'read', state: 'first', ...one.parameters });
    const second = await ask(server, jar, { client_id: 'other', scope: 'profile', state: 'second', ...two.parameters });
    const answered = await press(server, jar, second, 'consent', { decision: 'allow' });
    expect(answered.location!.href).toMatch(/^https:\/\/other\.example\/callback\?/);
    expect(answered.params.state).toBe('second');
    const last = await press(server, jar, first, 'consent', { decision: 'allow' });
    expect(last.location!.href).toMatch(/^https:\/\/client\.example\/callback\?/);
    expect(last.params.state).toBe('first');
    const tokens = await redeem(server, CLIENTS.web, {
      code: last.params.code,
      verifier: one.verifier,
      redirectUri: CALLBACK,
    });
    expect(tokens.scope).toBe('read');
  });

  it('may both sign in', async () => {
    const { username, password } = await signUp(server);
    const jar = new CookieJar();
    const first = await ask(server, jar, { scope: 'read', state: 'first' });
    const second = await ask(server, jar, { client_id: 'other', scope: 'profile', state: 'second' });
    const one = await press(server, jar, first, 'sign-in', { username, password });
    expect(hasId(one.html, 'consent')).toBe(true);
    const two = await press(server, jar, second, 'sign-in', { username, password });
    expect(hasId(two.html, 'consent')).toBe(true);
    expect((await press(server, jar, two, 'consent', { decision: 'allow' })).params.state).toBe('second');
    const fresh = await open(server, jar, `/consent?interaction=${interactionOf(first)}`);
    expect((await press(server, jar, fresh, 'consent', { decision: 'deny' })).params).toMatchObject({
      state: 'first',
      error: 'access_denied',
    });
  });
});

describe('the session key', () => {
  it('is another one after every sign-in', async () => {
    const { jar, username, password } = await signUp(server);
    const before = jar.copy();
    const page = await ask(server, jar, { prompt: 'login' });
    await press(server, jar, page, 'sign-in', { username, password });
    expect(jar.session()!.value).not.toBe(before.session()!.value);
    expect(await isSignedIn(server, jar)).toBe(true);
    expect(await isSignedIn(server, before)).toBe(false);
  });

  it('that somebody planted is worth nothing after the sign-in', async () => {
    const attacker = await signUp(server);
    const victim = await signUp(server);
    const planted = attacker.jar.session()!;
    const jar = new CookieJar();
    jar.set(planted.name, planted.value);
    const page = await ask(server, jar, { prompt: 'login' });
    await press(server, jar, page, 'sign-in', { username: victim.username, password: victim.password });
    expect(jar.session()!.value).not.toBe(planted.value);
    expect((await open(server, jar, '/account')).html).toContain(victim.username);
    expect((await open(server, attacker.jar, '/account')).html).not.toContain(victim.username);
  });

  it('is gone with the sign-out', async () => {
    const { jar } = await signUp(server);
    const before = jar.copy();
    const response = await submit(server, jar, formOf(await open(server, jar, '/oauth/logout'), 'sign-out'), {
      decision: 'confirm',
    });
    expect(hasId((await arrive(server, jar, response)).html, 'signed-out')).toBe(true);
    expect(jar.session()).toBeUndefined();
    expect(await isSignedIn(server, before)).toBe(false);
  });

  it('stays when the sign-out is declined, or only linked to', async () => {
    const { jar } = await signUp(server);
    await visit(jar, `${baseOf(server)}/oauth/logout?post_logout_redirect_uri=https://evil.example/&decision=confirm`);
    expect(await isSignedIn(server, jar)).toBe(true);
    await press(server, jar, await open(server, jar, '/oauth/logout'), 'sign-out', { decision: 'decline' });
    expect(await isSignedIn(server, jar)).toBe(true);
  });
});
