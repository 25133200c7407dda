// Browser sessions: begun, found, renewed, ended, and what ends with them.
import { randomUUID } from 'node:crypto';
import { SessionsService } from '../../src/sessions/sessions.service.js';
import type { User } from '../../src/users/user.js';
import { PasswordChangeService } from '../../src/sessions/password-change.service.js';
import { UserInputError } from '../../src/users/user-input-error.js';
import { UsersService } from '../../src/users/users.service.js';
import { openHouse, TestBrowser } from './house.js';

const PASSWORD = 'correct horse battery';
const AMR = ['pwd'];

let house: Awaited<ReturnType<typeof openHouse>>;
let sessions: SessionsService;
let users: UsersService;
let alice: User;

beforeAll(async () => {
  house = await openHouse();
  sessions = house.get(SessionsService);
  users = house.get(UsersService);
  await house.sql(`INSERT INTO clients (client_id, metadata) VALUES ('web', '{}')`);
}, 60_000);

beforeEach(async () => {
  for (const table of ['users', 'sessions', 'grants']) await house.sql(`DELETE FROM ${table}`);
  await house.sql('DELETE FROM sign_in_failures');
  alice = await users.create({ username: 'alice', password: PASSWORD }, 'administrator');
  house.events.length = 0;
});

async function signIn(browser: TestBrowser, user = alice) {
  return sessions.start(browser.reply, user, { request: browser.request, amr: AMR });
}

/** A grant of alice to the client, bound to a session or to none. */
async function grant(sessionId: string | null): Promise<string> {
  const [{ id }] = await house.sql<{ id: string }>(
    `INSERT INTO grants (client_id, user_id, scope, session_id, session_bound, expires_at)
     VALUES ('web', $1, 'openid', $2, $2::uuid IS NOT NULL, now() + interval '1 day') RETURNING id`,
    [alice.id, sessionId],
  );
  return id;
}

async function isLive(grantId: string): Promise<boolean> {
  return (await house.sql('SELECT FROM grants WHERE id = $1 AND revoked_at IS NULL', [grantId])).length === 1;
}

describe('a session', () => {
  it('is found by its cookie, whose value is stored nowhere', async () => {
    const browser = new TestBrowser();
    const session = await signIn(browser);
    expect(session).toMatchObject({ userId: alice.id, amr: AMR, address: '203.0.113.1' });
    expect(await sessions.find(browser.request)).toEqual(session);
    const value = browser.cookie('session')!;
    expect(value).toMatch(/^[\w-]{48}$/);
    const stored = JSON.stringify(await house.sql(`SELECT *, encode(session_key, 'base64') AS k FROM sessions`));
    expect(stored).not.toContain(value);
    expect(stored).not.toContain(Buffer.from(value, 'base64url').toString('base64'));
  });

  it.each(['', 'x', 'A'.repeat(48), 'A'.repeat(4000), '%00'])('is not found by the cookie %p', async (value) => {
    expect(await sessions.find({ headers: { cookie: `nas_session_3000=${value}` } })).toBeUndefined();
  });

  it('is found by many requests at once, each its own', async () => {
    const browsers = Array.from({ length: 40 }, () => new TestBrowser());
    const started = await Promise.all(browsers.map((browser) => signIn(browser)));
    const found = await Promise.all(browsers.map((browser) => sessions.find(browser.request)));
    expect(found.map((session) => session?.id)).toEqual(started.map(({ id }) => id));
    expect(new Set(found.map((session) => session?.id)).size).toBe(40);
  });

  it('gets a new key at every sign-in, so that one planted before is worth nothing', async () => {
    const browser = new TestBrowser();
    const first = await signIn(browser);
    const old = browser.request;
    const second = await signIn(browser);
    expect(second.id).toBe(first.id);
    expect(second.authTime.getTime()).toBeGreaterThanOrEqual(first.authTime.getTime());
    expect(await sessions.find(old)).toBeUndefined();
    expect((await sessions.find(browser.request))?.id).toBe(first.id);
  });

  it('goes on with its tokens when the same user signs in again, and ends with them for another', async () => {
    const browser = new TestBrowser();
    const bound = await grant((await signIn(browser)).id);
    await signIn(browser);
    expect(await isLive(bound)).toBe(true);
    const bob = await users.create({ username: 'bob' }, 'administrator');
    const other = await signIn(browser, bob);
    expect(other.userId).toBe(bob.id);
    expect(await isLive(bound)).toBe(false);
    expect(await sessions.listOf(alice.id)).toEqual([]);
    expect(house.events).toContainEqual({ name: 'user.signed_out', userId: alice.id });
  });

  it('does not begin for an account that was disabled or changed meanwhile', async () => {
    const browser = new TestBrowser();
    await users.setPassword(alice.id, 'another password');
    await expect(signIn(browser)).rejects.toThrow('has changed');
    const fresh = (await users.findFresh(alice.id))!;
    await users.disable(alice.id);
    await expect(signIn(browser, fresh)).rejects.toThrow('has changed');
    expect(browser.cookie('session')).toBeUndefined();
  });

  it('does not slip past a disabling at the same moment', async () => {
    for (let round = 0; round < 10; round++) {
      const user = await users.create({ username: `racer${round}` }, 'administrator');
      const browsers = Array.from({ length: 5 }, () => new TestBrowser());
      await Promise.allSettled([
        ...browsers.map((browser) => signIn(browser, user)),
        users.disable(user.id),
        ...browsers.map((browser) => signIn(browser, user)),
      ]);
      expect(await sessions.listOf(user.id)).toEqual([]);
    }
  });

  it('ends after its idle time, and is prolonged by use, at most once a minute and never beyond its absolute end', async () => {
    const browser = new TestBrowser();
    const { id, authTime } = await signIn(browser);
    const row = async () => (await house.sql('SELECT last_seen_at, expires_at FROM sessions WHERE id = $1', [id]))[0];
    const before = await row();
    await sessions.find(browser.request);
    await new Promise((done) => setTimeout(done, 50));
    expect(await row()).toEqual(before);

    await house.sql(
      `UPDATE sessions SET last_seen_at = now() - interval '7 hours', expires_at = now() + interval '1 hour'`,
    );
    await Promise.all(Array.from({ length: 20 }, () => sessions.find(browser.request)));
    const prolonged = await until(
      row,
      ({ expires_at }) => (expires_at as Date).getTime() > Date.now() + 7.9 * 3600_000,
    );
    expect((prolonged.expires_at as Date).getTime()).toBeLessThan(Date.now() + 8.1 * 3600_000);

    await house.sql(
      `UPDATE sessions SET auth_time = now() - interval '6 days 23 hours', last_seen_at = now() - interval '1 hour'`,
    );
    await sessions.find(browser.request);
    const capped = await until(row, ({ expires_at }) => (expires_at as Date).getTime() < Date.now() + 2 * 3600_000);
    expect((capped.expires_at as Date).getTime()).toBeGreaterThan(Date.now() + 0.9 * 3600_000);
    expect(authTime.getTime()).toBeLessThanOrEqual(Date.now());

    await house.sql(`UPDATE sessions SET expires_at = now()`);
    expect(await sessions.find(browser.request)).toBeUndefined();
    expect(await sessions.listOf(alice.id)).toEqual([]);
  });

  it('goes on under a new key when it is renewed', async () => {
    const browser = new TestBrowser();
    const session = await signIn(browser);
    const old = browser.request;
    expect(await sessions.renew(session, browser.reply)).toBe(true);
    expect(await sessions.find(old)).toBeUndefined();
    expect((await sessions.find(browser.request))?.id).toBe(session.id);
    await sessions.end(session);
    expect(await sessions.renew(session, browser.reply)).toBe(false);
  });
});

describe('ending', () => {
  it('takes the cookie, and the tokens bound to the session, but no others', async () => {
    const browser = new TestBrowser();
    const session = await signIn(browser);
    const [bound, free, foreign] = [await grant(session.id), await grant(null), await grant(randomUUID())];
    const old = browser.request;
    await sessions.end(session, browser.reply);
    expect(browser.cookie('session')).toBeUndefined();
    expect(await sessions.find(old)).toBeUndefined();
    expect(await Promise.all([bound, free, foreign].map(isLive))).toEqual([false, true, true]);
    expect(house.events).toContainEqual(
      expect.objectContaining({ name: 'token.revoked', grantId: bound, reason: 'signed_out' }),
    );
    expect(house.events.filter(({ name }) => name === 'user.signed_out')).toHaveLength(1);
  });

  it('reaches only the sessions of the user', async () => {
    const session = await signIn(new TestBrowser());
    const bob = await users.create({ username: 'bob' }, 'administrator');
    expect(await sessions.endById(bob.id, session.id)).toBe(false);
    expect(await sessions.endById(alice.id, 'x')).toBe(false);
    expect(await sessions.endById(alice.id, session.id)).toBe(true);
    expect(await sessions.endById(alice.id, session.id)).toBe(false);
  });

  it('of all others leaves this one', async () => {
    const [here, ...others] = [new TestBrowser(), new TestBrowser(), new TestBrowser()];
    const session = await signIn(here);
    for (const browser of others) await signIn(browser);
    expect(await sessions.listOf(alice.id)).toHaveLength(3);
    expect(await sessions.endAllOf(alice.id, session.id)).toBe(2);
    expect((await sessions.listOf(alice.id)).map(({ id }) => id)).toEqual([session.id]);
    expect(await sessions.endAllOf(alice.id)).toBe(1);
    expect(await sessions.endAllOf('x')).toBe(0);
  });

  it('of expired ones goes in batches and takes their tokens', async () => {
    const started = [];
    for (let n = 0; n < 5; n++) started.push(await signIn(new TestBrowser()));
    const grants = await Promise.all(started.map(({ id }) => grant(id)));
    await house.sql(`UPDATE sessions SET expires_at = now() - interval '1 s' WHERE id <> $1`, [started[4].id]);
    expect(await Promise.all([sessions.removeExpired(2), sessions.removeExpired(2)])).toEqual([2, 2]);
    expect(await sessions.removeExpired(2)).toBe(0);
    expect(await Promise.all(grants.map(isLive))).toEqual([false, false, false, false, true]);
  });
});

describe('a change of password', () => {
  it('ends the other sessions and every grant, and keeps this session under a new key', async () => {
    const [here, elsewhere] = [new TestBrowser(), new TestBrowser()];
    const session = await signIn(here);
    await signIn(elsewhere);
    const grants = [await grant(session.id), await grant(null)];
    const old = here.request;
    const change = house.get(PasswordChangeService);
    expect(await change.change(session, PASSWORD, 'next password', here.reply)).toBeUndefined();
    expect(await sessions.find(elsewhere.request)).toBeUndefined();
    expect(await sessions.find(old)).toBeUndefined();
    expect((await sessions.find(here.request))?.id).toBe(session.id);
    expect(await Promise.all(grants.map(isLive))).toEqual([false, false]);
    expect(house.events.map(({ name }) => name)).toEqual(['token.revoked', 'token.revoked', 'user.password_changed']);
    expect(house.events[0]).toMatchObject({ reason: 'password_changed' });
  });

  it('does not let who has stolen a session guess the password', async () => {
    const here = new TestBrowser();
    const session = await signIn(here);
    const change = house.get(PasswordChangeService);
    for (let n = 0; n < 5; n++) {
      await expect(change.change(session, `guess number ${n}`, 'next password', here.reply)).rejects.toThrow(
        UserInputError,
      );
    }
    expect(await change.change(session, PASSWORD, 'next password', here.reply)).toEqual({
      retryAfter: expect.any(Number),
    });
    for (let n = 0; n < 10; n++) {
      await house.sql('UPDATE sign_in_failures SET blocked_until = to_timestamp(0)');
      // A new password that cannot be one is not a guess.
      await expect(change.change(session, PASSWORD, 'short', here.reply)).rejects.toThrow('new_password');
    }
    await house.sql('UPDATE sign_in_failures SET blocked_until = to_timestamp(0)');
    expect(await change.change(session, PASSWORD, 'next password', here.reply)).toBeUndefined();
  });
});

it('disabling the user ends every session and grant at once', async () => {
  const browser = new TestBrowser();
  const bound = await grant((await signIn(browser)).id);
  await users.disable(alice.id);
  expect(await sessions.find(browser.request)).toBeUndefined();
  expect(await isLive(bound)).toBe(false);
  expect(house.events.map(({ name }) => name)).toEqual(['token.revoked', 'user.disabled']);
});

async function until<T>(read: () => Promise<T>, done: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const value = await read();
    if (done(value) || Date.now() > deadline) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
