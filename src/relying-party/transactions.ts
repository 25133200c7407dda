// What waits for an answer of a provider: bound to one browser, used once, and for one purpose at one provider alone.
// The data travels sealed in a cookie of its own per state, or waits in a store, and the cookie proves the browser.
// @see RFC 6749 §10.12, RFC 9700 §4.7 https://www.rfc-editor.org/rfc/rfc9700#section-4.7
import { createHash, randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { appendSetCookie } from '../common/cookie.js';
import type { HttpReply, HttpRequest } from '../common/http.js';
import { Sealer } from '../common/sealer.js';
import { OAuthClientError } from './oauth-client-error.js';

/** Seconds within which the answer must be there. */
export const TRANSACTION_LIFETIME = 600;
/** Tabs in which somebody can sign in at once. */
const MAX_PER_BROWSER = 6;
/** More than come in {@link TRANSACTION_LIFETIME}, and a bound for what is remembered of them. */
const MAX_USED = 100_000;
/** Browsers keep no cookie of more than 4096 bytes, and do not say so. */
const MAX_COOKIE = 3_900;
/** Node answers 431 to 16384 bytes of headers, among which these are not alone. */
const MAX_TOGETHER = 10_000;
const COOKIE = 'oauth-client';
/** Of all that is sealed; a purpose of its own per state would have the sealer keep a key for each. */
const PURPOSE = 'oauth-client transaction';
const COOKIE_NAME = /^(?:__Host-)?oauth-client\.([0-9a-z]+)\.([\w-]{22})$/;

/**
 * Keeps what waits for an answer in place of the browser, e.g. in Redis: for several processes, which so share what is used.
 *
 * @example
 * const store: TransactionStore = {
 *   save: async (key, data, seconds) => void (await redis.set(key, data, { EX: seconds })),
 *   take: async (key) => (await redis.getDel(key)) ?? undefined,
 * };
 */
export interface TransactionStore {
  /** @param seconds after which it is forgotten */
  save(key: string, data: string, seconds: number): void | Promise<void>;
  /** Gives it once: it is gone afterwards. */
  take(key: string): string | null | undefined | Promise<string | null | undefined>;
}

/** What an answer may be for; the answer of one is none of the other. */
export type TransactionKind = 'login' | 'logout';

/** Which transaction it is. */
interface TransactionName {
  kind: TransactionKind;
  /** The name under which the provider is registered. */
  provider: string;
  state: string;
}

/** What begins. */
export interface BeginTransaction extends TransactionName {
  data: Readonly<Record<string, unknown>>;
  /** The answer is posted by a page of the provider: the cookie has to come along all the same. */
  crossSite?: boolean;
  /** Where the answer goes: with https the cookie is for https alone. @default the protocol of the request */
  redirectUri?: string;
}

/** What is answered. */
export interface FinishTransaction extends TransactionName {
  /** Takes the cookie out of the browser. Express requests know it. */
  reply?: HttpReply;
}

/** Settings of {@link Transactions}. */
export interface TransactionSettings {
  /** Each at least 32 characters: the first one seals, all of them open. @default one that is made at the start */
  secretKeys?: readonly string[];
  store?: TransactionStore;
}

interface Waiting {
  /** What it waits for: kind, provider and state. */
  what: string;
  /** Of this one alone, also where an application chooses the same state twice. */
  id: string;
  data: Record<string, unknown>;
  /** Seconds since 1970. */
  until: number;
  /** Was begun on https: the cookie has the name that only https can set. */
  secure: boolean;
}

interface PresentCookie {
  name: string;
  value: string;
  begun: number;
  what: string;
}

/** What waits for an answer of a provider. One for the whole application. */
export class Transactions {
  private readonly sealer: Sealer;
  private readonly store: TransactionStore | undefined;
  private readonly used = new Map<string, number>();

  constructor({ secretKeys, store }: TransactionSettings = {}) {
    if (!secretKeys?.length && !store && process.env.NODE_ENV === 'production')
      new Logger('OAuthClient').warn(
        'No secretKeys: whoever is about to sign in while the application restarts, or comes back to another instance, begins again.',
      );
    this.sealer = new Sealer(secretKeys?.length ? secretKeys : [randomBytes(32).toString('base64url')]);
    this.store = store;
  }

  /**
   * Binds data to the state and to the browser of this reply, for ten minutes; the oldest of too many goes.
   * @throws OAuthClientError `invalid_request` when the data does not fit into a cookie, and there is no store
   */
  async begin(reply: HttpReply, begun: BeginTransaction): Promise<void> {
    const { data, crossSite = false } = begun;
    const request = requestOf(reply);
    const secure = begun.redirectUri ? begun.redirectUri.startsWith('https:') : request?.protocol === 'https';
    const id = randomBytes(16).toString('base64url');
    const waiting: Waiting = { what: idOf(begun), id, data, until: now() + TRANSACTION_LIFETIME, secure };
    const value = this.store
      ? await this.keep(this.store, begun, waiting)
      : await this.sealer.seal(PURPOSE, waiting, TRANSACTION_LIFETIME);
    if (value.length > MAX_COOKIE)
      throw new OAuthClientError(
        begun.provider,
        'invalid_request',
        'What is to be remembered does not fit into a cookie: it needs a store.',
      );
    const present = cookiesOf(request?.headers?.cookie);
    let [count, together] = [1, value.length];
    for (const { name, value: old } of present.reverse()) {
      count += 1;
      together += name.length + old.length;
      if (count > MAX_PER_BROWSER || together > MAX_TOGETHER) forget(reply, name);
    }
    const name = `${secure ? '__Host-' : ''}${COOKIE}.${Date.now().toString(36)}.${idOf(begun)}`;
    // Without Secure no browser takes SameSite=None; on http it takes Secure on localhost.
    const attributes = crossSite ? 'SameSite=None; Secure' : secure ? 'SameSite=Lax; Secure' : 'SameSite=Lax';
    appendSetCookie(reply, `${name}=${value}; Path=/; HttpOnly; ${attributes}; Max-Age=${TRANSACTION_LIFETIME}`);
  }

  /**
   * What was begun with this state in this browser: once, and the last where the same state was chosen several times.
   * @returns undefined when nothing was, or for another purpose or provider, when it was used before, or has expired
   */
  async finish(request: HttpRequest, finished: FinishTransaction): Promise<Record<string, unknown> | undefined> {
    const what = idOf(finished);
    const reply = finished.reply ?? (request as { res?: HttpReply }).res;
    const found = cookiesOf(request.headers.cookie).filter((cookie) => cookie.what === what);
    let data: Record<string, unknown> | undefined;
    for (const { name, value } of found) {
      const waiting = await this.open(finished, value);
      if (reply) forget(reply, name);
      const fits = waiting?.what === what && waiting.until > now() && (name.startsWith('__Host-') || !waiting.secure);
      if (fits && this.use(waiting)) data = waiting.data;
    }
    return data;
  }

  /** The cookie then holds nothing but the proof of the browser. */
  private async keep(store: TransactionStore, name: TransactionName, waiting: Waiting): Promise<string> {
    const proof = randomBytes(32).toString('base64url');
    await store.save(storeKeyOf(name, proof), JSON.stringify(waiting), TRANSACTION_LIFETIME);
    return proof;
  }

  private async open(name: TransactionName, value: string): Promise<Waiting | undefined> {
    if (!this.store) return this.sealer.open<Waiting>(PURPOSE, value);
    const kept = await this.store.take(storeKeyOf(name, value));
    return typeof kept === 'string' ? (JSON.parse(kept) as Waiting) : undefined;
  }

  /** @returns false when it was used before */
  private use({ id, until }: Waiting): boolean {
    if (this.used.has(id)) return false;
    // In the order in which they were used, which is nearly that of their ends.
    for (const [old, end] of this.used) {
      if (end > now() && this.used.size < MAX_USED) break;
      this.used.delete(old);
    }
    this.used.set(id, until);
    return true;
  }
}

function purposeOf({ kind, provider, state }: TransactionName): string {
  return `oauth-client ${JSON.stringify([kind, provider, state])}`;
}

/** Names the transaction without telling its state. */
function idOf(name: TransactionName): string {
  return createHash('sha256').update(purposeOf(name)).digest('base64url').slice(0, 22);
}

function storeKeyOf(name: TransactionName, proof: string): string {
  return `${COOKIE}:${createHash('sha256')
    .update(`${purposeOf(name)} ${proof}`)
    .digest('base64url')}`;
}

/** The oldest first. */
function cookiesOf(header = ''): PresentCookie[] {
  const present: PresentCookie[] = [];
  for (const pair of header.split(';')) {
    const split = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, split)).trim();
    const [, begun, what] = COOKIE_NAME.exec(name) ?? [];
    if (what) present.push({ name, value: pair.slice(split + 1).trim(), begun: parseInt(begun, 36), what });
  }
  return present.sort((one, other) => one.begun - other.begun);
}

function forget(reply: HttpReply, name: string): void {
  const secure = name.startsWith('__Host-') ? '; Secure' : '';
  appendSetCookie(reply, `${name}=; Path=/; HttpOnly; SameSite=Lax${secure}; Max-Age=0`);
}

/** Fastify's reply and Express's response each know their request. */
function requestOf(reply: HttpReply): { headers?: { cookie?: string }; protocol?: string } | undefined {
  const { request, req } = reply as { request?: object; req?: object };
  return request ?? req;
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
