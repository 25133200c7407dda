// The account: what ends with a change of password, a disabling or a sign-out, and that it ends at once.
// @see RFC 6819 §5.1.5.3, RFC 9700 §4.14 https://www.rfc-editor.org/rfc/rfc9700#section-4.14
import { CLIENTS } from '../support/fixtures.js';
import { administratorToken, me, obtainTokens, signIn, signUp, tokenRequest } from '../support/flow.js';
import { hasId, plainText } from '../support/html.js';
import { CookieJar } from '../support/http.js';
import { query } from '../support/database.js';
import { sharedServer } from '../support/server.js';
import { ask, formOf, isSignedIn, open, press } from './browse.js';

const server = sharedServer();
const NEXT = 'another password entirely';
const OFFLINE = { scope: 'openid offline_access profile' };

async function refreshError(refresh_token: string | undefined): Promise<unknown> {
  const response = await tokenRequest(server, CLIENTS.web, { grant_type: 'refresh_token', refresh_token });
  return ((await response.json()) as { error?: string }).error;
}

/** Somebody in two browsers, with tokens of both. */
async function somebody() {
  const user = await signUp(server);
  const first = await obtainTokens(server, CLIENTS.web, OFFLINE, user.jar);
  const other = await signIn(server, user);
  const second = await obtainTokens(server, CLIENTS.web, { scope: 'profile' }, other);
  for (const { access_token } of [first, second]) expect((await me(server, access_token)).status).toBe(200);
  return { ...user, other, tokens: [first, second] as const };
}

async function idOf(username: string): Promise<string> {
  return (await query<{ id: string }>(server, 'SELECT id FROM users WHERE username = $1', [username]))[0].id;
}

describe('a change of password', () => {
  it('ends the other sessions and all grants, and goes on here under a new key', async () => {
    const { jar, username, password, other, tokens } = await somebody();
    const before = jar.copy();
    const account = await open(server, jar, '/account');
    const changed = await press(server, jar, account, 'change-password', {
      current_password: password,
      new_password: NEXT,
    });
    expect(changed.status).toBe(200);
    expect(jar.session()!.value).not.toBe(before.session()!.value);
    expect([await isSignedIn(server, jar), await isSignedIn(server, before), await isSignedIn(server, other)]).toEqual([
      true, false, false,
    ]); // prettier-ignore
    for (const { access_token, refresh_token } of tokens) {
      expect((await me(server, access_token)).status).toBe(401);
      expect(await refreshError(refresh_token)).toBe('invalid_grant');
    }
    const page = await open(server, other, '/sign-in');
    expect((await press(server, other, page, 'sign-in', { username, password })).status).toBe(400);
    await press(server, other, page, 'sign-in', { username, password: NEXT });
    expect(await isSignedIn(server, other)).toBe(true);
  });

  it.each([
    ['a wrong present password', 'a wrong password', NEXT, 'current_password'],
    ['a new one that is too short', undefined, 'short', 'new_password'],
    ['a new one that is too long', undefined, 'x'.repeat(129), 'new_password'],
    ['no new one', undefined, '', 'new_password'],
  ])('changes nothing with %s', async (_title, current, new_password, field) => {
    const { jar, password, other, tokens } = await somebody();
    const fields = { current_password: current ?? password, new_password };
    const refused = await press(server, jar, await open(server, jar, '/account'), 'change-password', fields);
    expect(refused.status).toBe(400);
    expect(hasId(refused.html, `${field}-error`)).toBe(true);
    expect(refused.html).not.toContain(password);
    expect([await isSignedIn(server, jar), await isSignedIn(server, other)]).toEqual([true, true]);
    for (const { access_token } of tokens) expect((await me(server, access_token)).status).toBe(200);
  });
});

describe('disabling an account', () => {
  it('ends its sessions, its tokens and what it was doing, at once', async () => {
    const { jar, username, password, other, tokens } = await somebody();
    const waiting = await ask(server, jar, { scope: 'profile write' });
    expect(hasId(waiting.html, 'consent')).toBe(true);
    const response = await fetch(`${server.url}/api/users/${await idOf(username)}/disable`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await administratorToken(server)}` },
    });
    expect(response.ok).toBe(true);
    for (const browser of [jar, other]) expect(await isSignedIn(server, browser)).toBe(false);
    for (const { access_token, refresh_token } of tokens) {
      expect((await me(server, access_token)).status).toBe(401);
      expect(await refreshError(refresh_token)).toBe('invalid_grant');
    }
    expect((await press(server, jar, waiting, 'consent', { decision: 'allow' })).location).toBeUndefined();
    expect((await ask(server, jar, { prompt: 'none', scope: 'profile' })).params.error).toBe('login_required');
    // Signing in says no more than a wrong password does.
    const page = await open(server, new CookieJar(), '/sign-in');
    expect(page.status).toBe(200);
    const words = async (name: string, secret: string): Promise<string> => {
      const browser = new CookieJar();
      const form = await open(server, browser, '/sign-in');
      const stop = await press(server, browser, form, 'sign-in', { username: name, password: secret });
      expect(stop.status).toBe(400);
      return plainText(stop.html);
    };
    expect(await words(username, password)).toBe(await words((await signUp(server)).username, 'a wrong password'));
  });
});

describe('sessions', () => {
  it('are listed, and ended one by one', async () => {
    const { jar, username, other, tokens } = await somebody();
    const sql = 'SELECT id FROM sessions WHERE user_id = $1 ORDER BY created_at';
    const ids = (await query<{ id: string }>(server, sql, [await idOf(username)])).map(({ id }) => id);
    expect(ids).toHaveLength(2);
    const account = await open(server, jar, '/account');
    for (const id of ids) expect(account.html).toContain(id);
    await press(server, jar, account, `${ids[1]}/sign-out`);
    expect([await isSignedIn(server, jar), await isSignedIn(server, other)]).toEqual([true, false]);
    for (const { access_token } of tokens) expect((await me(server, access_token)).status).toBe(200);
    await press(server, jar, account, `${ids[0]}/sign-out`);
    expect(jar.session()).toBeUndefined();
  });

  it('of others are nowhere to be found', async () => {
    const [mine, theirs] = [await signUp(server), await signUp(server)];
    const [{ id }] = (await query<{ id: string }>(server, 'SELECT id FROM sessions WHERE user_id = $1', [
      await idOf(theirs.username),
    ])) as [{ id: string }];
    const csrf_token = formOf(await open(server, mine.jar, '/account'), 'change-password').fields.csrf_token;
    for (const one of [id, 'x', '00000000-0000-0000-0000-000000000000']) {
      const init = { method: 'POST', headers: { origin: server.url }, body: new URLSearchParams({ csrf_token }) };
      expect((await open(server, mine.jar, `/account/sessions/${one}/sign-out`, init)).status).toBe(404);
    }
    expect(await isSignedIn(server, theirs.jar)).toBe(true);
    expect((await open(server, mine.jar, '/account')).html).not.toContain(id);
  });

  it('take the tokens of OpenID requests without offline_access with them, and no others', async () => {
    const { jar } = await signUp(server);
    const bound = await obtainTokens(server, CLIENTS.web, { scope: 'openid profile' }, jar);
    const kept = await obtainTokens(server, CLIENTS.web, OFFLINE, jar);
    await press(server, jar, await open(server, jar, '/oauth/logout'), 'sign-out', { decision: 'confirm' });
    expect((await me(server, bound.access_token)).status).toBe(401);
    expect(await refreshError(bound.refresh_token)).toMatch(/^invalid_/);
    expect((await me(server, kept.access_token)).status).toBe(200);
    expect(await refreshError(kept.refresh_token)).toBeUndefined();
  });
});
