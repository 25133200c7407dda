// Signing in: failed attempts are slowed down, per account and address, without locking the owner out.
import { SessionsService } from '../../src/sessions/sessions.service.js';
import { AttemptLimiter } from '../../src/sessions/attempt-limiter.js';
import { type SignInResult, SignInService } from '../../src/sessions/sign-in.service.js';
import type { User } from '../../src/users/user.js';
import { UsersService } from '../../src/users/users.service.js';
import { hashesOf, openHouse, TestBrowser } from './house.js';

const PASSWORD = 'correct horse battery';
const FAILED = { failed: true };

let house: Awaited<ReturnType<typeof openHouse>>;
let service: SignInService;
let alice: User;

beforeAll(async () => {
  house = await openHouse();
  service = house.get(SignInService);
  const users = house.get(UsersService);
  alice = await users.create({ username: 'alice', email: 'alice@example.com', password: PASSWORD }, 'administrator');
  await users.create({ username: 'bob', password: PASSWORD }, 'administrator');
}, 60_000);

beforeEach(async () => {
  await house.sql('DELETE FROM sign_in_failures');
  house.events.length = 0;
});

const right = (login = 'alice', browser = new TestBrowser()) =>
  service.signIn({ login, password: PASSWORD, request: browser.request });
const wrong = (login = 'alice', browser = new TestBrowser()) =>
  service.signIn({ login, password: 'wrong password', request: browser.request });
/** The waiting is over, the failures are not forgotten. */
const wait = () => house.sql('UPDATE sign_in_failures SET blocked_until = to_timestamp(0)');
const seconds = (result: SignInResult): number => ('retryAfter' in result ? result.retryAfter : 0);

async function fail(times: number, login = 'alice', browser = new TestBrowser()): Promise<void> {
  for (let n = 0; n < times; n++) expect(await wrong(login, browser)).toEqual(FAILED);
}

it('answers with the user, and says so', async () => {
  expect(await right()).toEqual({ user: expect.objectContaining({ id: alice.id }) });
  expect(await right('ALICE@example.com')).toEqual({ user: expect.objectContaining({ id: alice.id }) });
  expect(await wrong()).toEqual(FAILED);
  expect(await wrong('nobody')).toEqual(FAILED);
  expect(house.events).toEqual([
    { name: 'user.signed_in', userId: alice.id },
    { name: 'user.signed_in', userId: alice.id },
    { name: 'user.sign_in_failed', userId: alice.id, address: '203.0.113.1' },
    { name: 'user.sign_in_failed', userId: undefined, address: '203.0.113.1' },
  ]);
});

it('asks nobody to wait before the fifth failure in a row', async () => {
  await fail(4);
  expect('user' in (await right())).toBe(true);
  await fail(5);
  expect(seconds(await right())).toBe(1);
});

it('makes the waiting grow to a quarter of an hour', async () => {
  await fail(4);
  const waits: number[] = [];
  for (let n = 0; n < 13; n++) {
    expect(await wrong()).toEqual(FAILED);
    waits.push(seconds(await right()));
    await wait();
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
  expect('user' in (await right())).toBe(true);
  await fail(4, 'alice', new TestBrowser('203.0.113.2'));
});

it('does not count what was refused without looking at the password', async () => {
  await fail(5);
  for (let n = 0; n < 20; n++) expect(seconds(await wrong())).toBe(1);
  await wait();
  expect(await wrong()).toEqual(FAILED);
  expect(seconds(await wrong())).toBe(2);
});

it('refuses before it hashes', async () => {
  await fail(5);
  const hashed = hashesOf(house);
  expect(seconds(await right())).toBe(1);
  expect(hashed()).toBe(0);
  await right('bob');
  expect(hashed()).toBe(1);
});

it('treats accounts that do not exist alike', async () => {
  const answers = async (login: string): Promise<SignInResult[]> => {
    const all: SignInResult[] = [];
    for (let n = 0; n < 7; n++) {
      all.push(await wrong(login, new TestBrowser(`198.51.100.${n}`)));
      if (n === 5) await wait();
    }
    return all;
  };
  expect(await answers('nobody')).toEqual(await answers('alice'));
  expect(await answers('nobody@example.com')).toEqual(await answers('alice@example.com'));
});

it('counts all forms of a name together', async () => {
  for (const login of ['alice', 'ALICE', ' alice ', 'ａlice', 'Alice']) expect(await wrong(login)).toEqual(FAILED);
  expect(seconds(await right('alice'))).toBe(1);
});

it('lets parallel guesses not slip past the counter, on two instances', async () => {
  const other = (await openHouse({ databaseUrl: house.database })).get(SignInService);
  const guesses = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      (n % 2 ? service : other).signIn({
        login: 'alice',
        password: `guess number ${n}`,
        request: new TestBrowser(`198.51.100.${n}`).request,
      }),
    ),
  );
  const looked = guesses.filter((guess) => 'failed' in guess).length;
  expect(looked).toBeLessThanOrEqual(6);
  expect(looked).toBeGreaterThanOrEqual(5);
});

it('lets the owner sign in many times at once', async () => {
  const results = await Promise.all(Array.from({ length: 30 }, () => right()));
  expect(results.filter((result) => 'user' in result)).toHaveLength(30);
  expect(await house.sql(`SELECT FROM sign_in_failures WHERE failures > 0`)).toEqual([]);
});

it('forgets an account after a day', async () => {
  await fail(5);
  await house.sql(
    `UPDATE sign_in_failures SET last_failed_at = now() - interval '23 hours', blocked_until = to_timestamp(0)`,
  );
  expect(await wrong()).toEqual(FAILED);
  expect(seconds(await right())).toBe(2);
  await house.sql(
    `UPDATE sign_in_failures SET last_failed_at = now() - interval '25 hours', blocked_until = to_timestamp(0)`,
  );
  await fail(4);
  expect('user' in (await right())).toBe(true);
});

describe('a browser that signed in before', () => {
  const known = async (): Promise<TestBrowser> => {
    const browser = new TestBrowser();
    await house.get(SessionsService).start(browser.reply, alice, { request: browser.request, amr: ['pwd'] });
    browser.forget('session');
    return browser;
  };

  it('gets past what others have caused', async () => {
    const browser = await known();
    for (let n = 0; n < 8; n++) {
      await wrong();
      await wait();
    }
    await fail(1);
    expect(seconds(await right())).toBeGreaterThan(1);
    expect('user' in (await right('alice', browser))).toBe(true);
    expect('user' in (await right('alice@example.com', browser))).toBe(true);
  });

  it('is no way to guess without end, and has its own count', async () => {
    const browser = await known();
    await fail(5, 'alice', browser);
    expect(seconds(await right('alice', browser))).toBe(1);
    expect('user' in (await right())).toBe(true);
    expect(seconds(await right('alice', browser))).toBe(1);
    expect('user' in (await right('alice', await known()))).toBe(true);
  });

  it('is known for its own users only', async () => {
    const browser = await known();
    await fail(5, 'bob', browser);
    expect(seconds(await right('bob', browser))).toBe(1);
  });

  it('keeps ten users, and a cookie that cannot be made elsewhere', async () => {
    const browser = new TestBrowser();
    const users = house.get(UsersService);
    for (let n = 0; n < 12; n++) {
      const user = await users.create(
        { username: `known${n}`, password: n === 11 ? PASSWORD : undefined },
        'administrator',
      );
      await house.get(SessionsService).start(browser.reply, user, { request: browser.request, amr: ['pwd'] });
    }
    expect(browser.cookie('known')!.length).toBeLessThan(1500);
    await fail(5, 'known0', browser);
    expect(seconds(await right('known0', browser))).toBe(1);
    await fail(5, 'known11');
    expect('user' in (await right('known11', browser))).toBe(true);
    const forged = { headers: { cookie: `nas_known_3000=${'x'.repeat(500)}` }, ip: '203.0.113.1' };
    expect(seconds(await service.signIn({ login: 'known11', password: PASSWORD, request: forged }))).toBe(1);
  });
});

describe('an address', () => {
  const spray = async (ip: string, from: number, to: number): Promise<SignInResult[]> => {
    const answers: SignInResult[] = [];
    for (let n = from; n < to; n++) answers.push(await wrong(`victim${n}`, new TestBrowser(ip)));
    return answers;
  };

  it('waits after twenty failures, whoever was guessed at', async () => {
    expect(await spray('198.51.100.7', 0, 20)).toEqual(Array(20).fill(FAILED));
    expect(seconds(await right('alice', new TestBrowser('198.51.100.7')))).toBe(1);
    expect('user' in (await right('alice', new TestBrowser('198.51.100.8')))).toBe(true);
    expect(await house.sql(`SELECT FROM sign_in_failures WHERE failures > 1`)).toHaveLength(1);
  });

  it('gains nothing from an account of its own', async () => {
    for (let n = 0; n < 20; n += 4) {
      await spray('198.51.100.7', n, n + 4);
      if (n < 16) expect('user' in (await right('bob', new TestBrowser('198.51.100.7')))).toBe(true);
    }
    expect(seconds(await right('bob', new TestBrowser('198.51.100.7')))).toBe(1);
  });

  it('is a whole network on IPv6', async () => {
    for (let n = 0; n < 20; n++) await wrong(`victim${n}`, new TestBrowser(`2001:db8:0:7::${n.toString(16)}`));
    expect(seconds(await right('alice', new TestBrowser('2001:db8:0:7:ffff::1')))).toBe(1);
    expect('user' in (await right('alice', new TestBrowser('2001:db8:0:8::1')))).toBe(true);
  });

  it('of the machine itself is nobody', async () => {
    await spray('127.0.0.1', 0, 25);
    expect('user' in (await right('alice', new TestBrowser('127.0.0.1')))).toBe(true);
  });

  it('is forgotten after a quiet quarter of an hour', async () => {
    await spray('198.51.100.7', 0, 20);
    await house.sql(
      `UPDATE sign_in_failures SET last_failed_at = now() - interval '16 min', blocked_until = to_timestamp(0)`,
    );
    expect(await wrong('victim99', new TestBrowser('198.51.100.7'))).toEqual(FAILED);
    expect('user' in (await right('alice', new TestBrowser('198.51.100.7')))).toBe(true);
  });
});

it('removes what it has forgotten', async () => {
  await fail(2);
  await house.sql(`UPDATE sign_in_failures SET last_failed_at = now() - interval '2 days'`);
  await wrong('nobody', new TestBrowser('127.0.0.1'));
  const limiter = house.get(AttemptLimiter);
  expect(await limiter.removeForgotten(1)).toBe(1);
  expect(await limiter.removeForgotten(10)).toBe(1);
  expect(await limiter.removeForgotten(10)).toBe(0);
  expect(await house.sql('SELECT FROM sign_in_failures')).toHaveLength(1);
});
