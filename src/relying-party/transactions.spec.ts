import { randomBytes } from 'node:crypto';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { HttpReply, HttpRequest } from '../common/http.js';
import { Sealer } from '../common/sealer.js';
import { CookieJar } from '../../test/support/http.js';
import { TRANSACTION_LIFETIME, Transactions, type TransactionStore } from './transactions.js';

const SECRET_KEYS = ['a-secret-key-a-secret-key-a-secret-key'];
const LOGIN = { kind: 'login', provider: 'corp', state: 'state-1' } as const;

afterEach(() => jest.useRealTimers());

/** A browser at an application on Fastify. */
class Browser {
  readonly jar = new CookieJar();
  /** `Set-Cookie` lines, all of them. */
  readonly lines: string[] = [];

  constructor(private readonly protocol = 'http') {}

  get request(): HttpRequest {
    return { method: 'GET', url: '/', headers: { cookie: this.jar.header() } };
  }

  /** What is done with a reply arrives in the browser. */
  async reply<T>(answer: (reply: HttpReply) => Promise<T>): Promise<T> {
    const headers = new Headers();
    const reply = {
      request: { headers: { cookie: this.jar.header() }, protocol: this.protocol },
      status: () => reply,
      header: (name: string, value: string) => {
        headers.append(name, value);
        return reply;
      },
      getHeader: () => headers.getSetCookie(),
      send: () => undefined,
    } as HttpReply;
    const result = await answer(reply);
    this.lines.push(...headers.getSetCookie());
    this.jar.store({ headers } as Response);
    return result;
  }

  begin(transactions: Transactions, begun: Partial<Parameters<Transactions['begin']>[1]> = {}): Promise<void> {
    return this.reply((reply) => transactions.begin(reply, { ...LOGIN, data: { nonce: 'n-1' }, ...begun }));
  }

  finish(transactions: Transactions, finished: Partial<Parameters<Transactions['finish']>[1]> = {}) {
    return this.reply((reply) => transactions.finish(this.request, { ...LOGIN, reply, ...finished }));
  }
}

/** In memory, as Redis would do it. */
class MapStore implements TransactionStore {
  readonly kept = new Map<string, string>();
  seconds = 0;

  save(key: string, data: string, seconds: number): void {
    this.kept.set(key, data);
    this.seconds = seconds;
  }

  take(key: string): string | undefined {
    const data = this.kept.get(key);
    this.kept.delete(key);
    return data;
  }
}

describe.each([
  ['sealed in the cookie', () => ({ secretKeys: SECRET_KEYS })],
  ['kept in a store', () => ({ store: new MapStore() })],
])('what waits, %s', (_, settings) => {
  let transactions: Transactions;
  let browser: Browser;

  beforeEach(() => {
    transactions = new Transactions(settings());
    browser = new Browser();
  });

  it('comes back once', async () => {
    await browser.begin(transactions);
    await expect(browser.finish(transactions)).resolves.toEqual({ nonce: 'n-1' });
    await expect(browser.finish(transactions)).resolves.toBeUndefined();
  });

  it('comes back once also when the cookie does', async () => {
    await browser.begin(transactions);
    const { request } = browser;
    await expect(transactions.finish(request, LOGIN)).resolves.toEqual({ nonce: 'n-1' });
    await expect(transactions.finish(request, LOGIN)).resolves.toBeUndefined();
  });

  it('comes back once when two requests have the same cookie at the same moment', async () => {
    await browser.begin(transactions);
    const { request } = browser;
    const answers = await Promise.all([1, 2, 3].map(() => transactions.finish(request, LOGIN)));
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('is nothing for another browser', async () => {
    await browser.begin(transactions);
    const other = new Browser();
    await other.begin(transactions, { state: 'state-2' });
    await expect(other.finish(transactions)).resolves.toBeUndefined();
    await expect(browser.finish(transactions)).resolves.toBeDefined();
  });

  it.each([
    ['another state', { state: 'state-2' }],
    ['another provider', { provider: 'google' }],
    ['sign-out', { kind: 'logout' }],
  ] as const)('is nothing for %s', async (_name, other) => {
    await browser.begin(transactions);
    await expect(browser.finish(transactions, other)).resolves.toBeUndefined();
    await expect(browser.finish(transactions)).resolves.toBeDefined();
  });

  it('is nothing under the cookie name of another transaction', async () => {
    await browser.begin(transactions);
    const [name] = browser.jar.names();
    await browser.begin(transactions, { kind: 'logout' });
    const [, other] = browser.jar.names();
    browser.jar.set(other, browser.jar.get(name) ?? '');
    await expect(browser.finish(transactions, { kind: 'logout' })).resolves.toBeUndefined();
  });

  it('expires', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    await browser.begin(transactions);
    const { request } = browser;
    jest.advanceTimersByTime((TRANSACTION_LIFETIME + 1) * 1000);
    await expect(transactions.finish(request, LOGIN)).resolves.toBeUndefined();
  });

  it('under a state that an application chose is of each browser', async () => {
    const other = new Browser();
    await browser.begin(transactions, { data: { tab: 1 } });
    await browser.begin(transactions, { data: { tab: 2 } });
    await other.begin(transactions, { data: { tab: 3 } });
    await expect(browser.finish(transactions)).resolves.toEqual({ tab: 2 });
    await expect(browser.finish(transactions)).resolves.toBeUndefined();
    await expect(other.finish(transactions)).resolves.toEqual({ tab: 3 });
  });

  it('can wait in several tabs at once', async () => {
    for (const state of ['a', 'b', 'c']) await browser.begin(transactions, { state, data: { state } });
    for (const state of ['b', 'c', 'a'])
      await expect(browser.finish(transactions, { state })).resolves.toEqual({ state });
  });

  it('is not more than six per browser: the oldest goes', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    for (let tab = 1; tab <= 8; tab++) {
      jest.advanceTimersByTime(1000);
      await browser.begin(transactions, { state: `tab-${tab}` });
    }
    expect(browser.jar.names()).toHaveLength(6);
    await expect(browser.finish(transactions, { state: 'tab-2' })).resolves.toBeUndefined();
    await expect(browser.finish(transactions, { state: 'tab-3' })).resolves.toBeDefined();
    await expect(browser.finish(transactions, { state: 'tab-8' })).resolves.toBeDefined();
  });

  it('is not more than a server takes as headers, however much it is: the oldest goes', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    for (let tab = 1; tab <= 6; tab++) {
      jest.advanceTimersByTime(1000);
      await browser.begin(transactions, {
        state: `tab-${tab}`,
        data: { much: randomBytes(1800).toString('base64url') },
      });
    }
    expect(browser.jar.header().length).toBeLessThanOrEqual(10_500);
    await expect(browser.finish(transactions, { state: 'tab-6' })).resolves.toBeDefined();
  });

  it('leaves no cookie behind', async () => {
    await browser.begin(transactions);
    await browser.finish(transactions);
    expect(browser.jar.names()).toEqual([]);
  });

  it('begun on https is nothing under a name that http can set', async () => {
    await browser.begin(transactions, { redirectUri: 'https://app.example/callback' });
    const [name] = browser.jar.names();
    expect(name).toMatch(/^__Host-/);
    const planted = new Browser();
    planted.jar.set(name.slice('__Host-'.length), browser.jar.get(name) ?? '');
    await expect(planted.finish(transactions)).resolves.toBeUndefined();
  });
});

describe('without secret keys', () => {
  const { NODE_ENV: environment } = process.env;
  afterEach(() => {
    process.env.NODE_ENV = environment;
    jest.restoreAllMocks();
  });

  it.each([
    ['it warns in production', 'production', {}, 1],
    ['it does not in production with a store', 'production', { store: new MapStore() }, 0],
    ['it does not in development', 'development', {}, 0],
  ])('%s', (_name, where, settings, warnings) => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    process.env.NODE_ENV = where;
    new Transactions(settings);
    expect(warn).toHaveBeenCalledTimes(warnings);
  });
});

describe('the cookie', () => {
  const transactions = new Transactions({ secretKeys: SECRET_KEYS });

  it.each([
    ['http', {}, /; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/],
    ['https', {}, /^__Host-.*; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=600$/],
    ['http', { crossSite: true }, /; Path=\/; HttpOnly; SameSite=None; Secure; Max-Age=600$/],
    ['http', { redirectUri: 'https://app.example/cb' }, /^__Host-.*; SameSite=Lax; Secure/],
    ['https', { redirectUri: 'http://localhost/cb' }, /^oauth-client\..*; SameSite=Lax; Max-Age/],
  ])('on %s with %j is %s', async (protocol, begun, expected) => {
    const browser = new Browser(protocol);
    await browser.begin(transactions, begun);
    expect(browser.lines).toEqual([expect.stringMatching(expected)]);
  });

  it('tells neither the state nor the data', async () => {
    const browser = new Browser();
    await browser.begin(transactions, { data: { codeVerifier: 'a-verifier' } });
    expect(browser.lines.join()).not.toMatch(/state-1|a-verifier/);
  });

  it('is not set when it is larger than browsers keep', async () => {
    const browser = new Browser();
    const begin = (length: number) => browser.begin(transactions, { data: { long: 'x'.repeat(length) } });
    await begin(2_000);
    await expect(begin(3_000)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(browser.lines).toHaveLength(1);
    expect(browser.lines[0].length).toBeLessThan(4_096);
  });

  it('holds nothing but a proof where there is a store', async () => {
    const store = new MapStore();
    const browser = new Browser();
    await browser.begin(new Transactions({ store }), { data: { long: 'x'.repeat(10_000) } });
    expect(browser.lines[0].length).toBeLessThan(200);
    expect(store.seconds).toBe(TRANSACTION_LIFETIME);
    expect([...store.kept.keys()].join()).not.toContain(browser.jar.get(browser.jar.names()[0]));
  });

  it('is sealed for one purpose whatever the state: a key is kept for each', async () => {
    const sealing = jest.spyOn(Sealer.prototype, 'seal');
    const opening = jest.spyOn(Sealer.prototype, 'open');
    for (const state of ['a', 'b', 'c']) {
      const browser = new Browser();
      await browser.begin(transactions, { state });
      await browser.finish(transactions, { state });
    }
    const purposes = [...sealing.mock.calls, ...opening.mock.calls].map(([purpose]) => purpose);
    expect(purposes).toHaveLength(6);
    expect(new Set(purposes).size).toBe(1);
    jest.restoreAllMocks();
  });

  it('is opened by every instance with one of the secret keys', async () => {
    const browser = new Browser();
    await browser.begin(transactions);
    const elsewhere = new Transactions({ secretKeys: ['another-key-another-key-another-key', ...SECRET_KEYS] });
    await expect(browser.finish(elsewhere)).resolves.toEqual({ nonce: 'n-1' });
  });

  it('is opened by no instance with another secret key', async () => {
    const browser = new Browser();
    await browser.begin(new Transactions());
    await expect(browser.finish(new Transactions())).resolves.toBeUndefined();
  });
});
