// The keys of the server: what is signed, verified, published and decrypted with them, and how one follows another.
// @see RFC 7515 §7.1, RFC 7517 §5 https://www.rfc-editor.org/rfc/rfc7517#section-5
import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { JWK, JWSHeaderParameters } from 'jose';
import { ServerOptions } from '../../config/options.js';
import { Database } from '../../database/database.js';
import { EventBus } from '../../events/event-bus.js';
import { ENCRYPTION_ALGORITHMS, type KeyUse, makeKey, SIGNING_ALGORITHMS, signWith } from './key-algorithms.js';
import { KeyRing, type KeyState, type LoadedKey } from './key-ring.js';
import { type KeyChange, type KeyChanged, KEYS_LOCK, KeysRepository, type NewKey } from './keys.repository.js';
import { decryptWith } from './decrypt.js';

/** A key as lists show it. */
export interface KeySummary {
  kid: string;
  algorithm: string;
  use: KeyUse;
  state: KeyState;
  createdAt: Date;
  activatesAt: Date;
  /** Null: no successor is known yet. */
  retiresAt: Date | null;
  /** What it signed has expired by then. */
  keptUntil: Date | null;
}

/** Seconds to which the lifetime that a key is kept for is rounded up: it is stored only now and then. */
const LIFETIME_STEP = 3600;

/** The keys of the server: what is signed, verified, published and decrypted with them, and how one follows another. */
@Injectable()
export class KeyStore {
  private readonly change: KeyChange = {
    make: (algorithm) => this.make(algorithm),
    isUsable: (key) => this.ring.opens(key),
  };

  constructor(
    private readonly ring: KeyRing,
    private readonly repository: KeysRepository,
    private readonly events: EventBus,
    private readonly database: Database,
    private readonly options: ServerOptions,
  ) {}

  /** The algorithms that there are keys for. */
  algorithms(use: KeyUse): string[] {
    return [...(use === 'sig' ? SIGNING_ALGORITHMS : ENCRYPTION_ALGORITHMS)];
  }

  /**
   * Signs a JWT with the current key of the algorithm.
   * @throws Error when the private key cannot be opened with SECRET_KEYS
   */
  async sign(algorithm: string, header: { typ?: string }, claims: object): Promise<string> {
    const key = await this.ring.current(algorithm);
    if (!key?.privateKey) throw new Error(await this.faultOf(algorithm));
    await this.keepFor(key, claims);
    const encoded = `${encode({ alg: algorithm, ...header, kid: key.kid })}.${encode(claims)}`;
    return `${encoded}.${(await signWith(algorithm, key.privateKey, Buffer.from(encoded))).toString('base64url')}`;
  }

  /** The public key that a JWT's header names; undefined when it is none of ours. */
  async findVerificationKey(header: JWSHeaderParameters): Promise<KeyObject | undefined> {
    return (await this.ring.all()).find(
      ({ kid, algorithm, use }) => use === 'sig' && kid === header.kid && algorithm === header.alg,
    )?.publicKey;
  }

  /** What was encrypted for the server (RFC 7516 §7.1); undefined when it is malformed or meant for somebody else. */
  async decrypt(jwe: string): Promise<Uint8Array | undefined> {
    return decryptWith(await this.ring.all(), jwe);
  }

  /** The JWK Set that is published: a retired key still verifies, but nothing is to be encrypted for it any more. */
  async publicJwks(): Promise<{ keys: JWK[] }> {
    const published = (await this.ring.withState()).filter(({ use, state }) => use === 'sig' || state !== 'retired');
    return { keys: published.sort(byAlgorithm).map(({ publicJwk }) => publicJwk) };
  }

  /** Creates keys of the algorithms that have none; several instances at once create one of each. */
  async ensure(...algorithms: string[]): Promise<void> {
    if ((await this.missing(algorithms)).length === 0) return;
    const created = await this.database.exclusively(KEYS_LOCK, async () => {
      this.ring.clear();
      const missing = await this.missing(algorithms);
      return this.repository.create(await Promise.all(missing.map((algorithm) => this.make(algorithm))));
    });
    this.ring.clear();
    for (const one of created) this.tell(one);
  }

  /**
   * Publishes the next key of the algorithm, which takes over as soon as everybody may know it; at once with `now`, and
   * when the current one is of no use.
   */
  async rotate(algorithm: string, { now = false }: { now?: boolean } = {}): Promise<KeyChanged['successor']> {
    const changed = await this.repository.replace(algorithm, now ? 0 : this.options.keyPublishAhead, this.change);
    this.ring.clear();
    this.tell(changed);
    return changed.successor;
  }

  /**
   * Rotates keys whose successor is due by the option `keyRotation`; several instances at once make one each.
   * @returns milliseconds until the next one is due
   */
  async rotateDue(): Promise<number> {
    const { keyRotation, keyPublishAhead: ahead } = this.options;
    const age = Math.max(0, keyRotation - ahead);
    const now = await this.ring.now();
    let wait = keyRotation * 1000;
    for (const { algorithm, activatesAt, retiresAt, privateKey } of await this.ring.all()) {
      // One that cannot be opened is the operator's: another instance may be able to.
      if (retiresAt || !privateKey) continue;
      const due = activatesAt.getTime() + age * 1000 - now;
      if (due > 0) {
        wait = Math.min(wait, due);
        continue;
      }
      const changed = await this.repository.replaceAged(algorithm, { age, ahead }, this.change);
      this.ring.clear();
      if (changed) this.tell(changed);
    }
    return wait;
  }

  /**
   * Forgets a key at once, for it may be known to others: nothing that it signed is valid any more.
   * @returns undefined when there is no such key; the successor when another key had to take over
   */
  async drop(kid: string): Promise<{ algorithm: string; successor?: KeyChanged['successor'] } | undefined> {
    const done = await this.repository.drop(kid, this.change);
    this.ring.clear();
    if (!done) return undefined;
    const { algorithm } = done.dropped;
    this.events.emit('key.dropped', { kid, algorithm });
    if (done.changed) this.tell(done.changed);
    return { algorithm, successor: done.changed?.successor };
  }

  /** All keys that are still of use, as people administer them. */
  async list(): Promise<KeySummary[]> {
    return (await this.ring.withState()).sort(byAlgorithm).map((key) => ({
      kid: key.kid,
      algorithm: key.algorithm,
      use: key.use,
      state: key.state,
      createdAt: key.createdAt,
      activatesAt: key.activatesAt,
      retiresAt: key.retiresAt,
      keptUntil: key.retiresAt && new Date(key.retiresAt.getTime() + key.lifetime * 1000),
    }));
  }

  /** Why keys of the algorithms cannot be used, and what to do about it; undefined when they can. */
  async faultOf(...algorithms: string[]): Promise<string | undefined> {
    const missing: string[] = [];
    const sealed: string[] = [];
    for (const algorithm of algorithms) {
      const key = await this.ring.current(algorithm);
      if (!key) missing.push(algorithm);
      else if (!key.privateKey) sealed.push(`${key.kid} (${algorithm})`);
    }
    if (missing.length > 0) return `There is no key for ${missing.join(', ')}.`;
    if (sealed.length === 0) return undefined;
    return (
      `${sealed.length === 1 ? 'The key' : 'The keys'} ${sealed.join(', ')} cannot be opened with SECRET_KEYS: add the ` +
      'former secret behind the new one, or make new keys with `nest-authorization-server keys rotate --now`.'
    );
  }

  private async missing(algorithms: readonly string[]): Promise<string[]> {
    const keys = await this.ring.all();
    return algorithms.filter((name) => !keys.some(({ algorithm, retiresAt }) => algorithm === name && !retiresAt));
  }

  /** A key is kept as long as something that it signed may live. */
  private async keepFor({ kid, lifetime }: LoadedKey, claims: { exp?: unknown }): Promise<void> {
    if (typeof claims.exp !== 'number') return;
    const needed = claims.exp - (await this.ring.now()) / 1000;
    if (needed <= lifetime) return;
    await this.repository.prolong(kid, Math.ceil(needed / LIFETIME_STEP) * LIFETIME_STEP);
    this.ring.clear();
  }

  private tell({ successor, created, retired }: KeyChanged): void {
    const { kid, algorithm, activatesAt } = successor;
    if (created) this.events.emit('key.created', { kid, algorithm, activatesAt });
    for (const one of retired) this.events.emit('key.retired', { kid: one, algorithm, retiresAt: activatesAt });
  }

  private async make(algorithm: string): Promise<NewKey> {
    const { privateJwk, ...key } = await makeKey(algorithm);
    return { ...key, privateKeySealed: await this.ring.seal(privateJwk), lifetime: longestLifetime(this.options) };
  }
}

/** What the options let live longest; ID tokens come back as hints as long as the session. */
function longestLifetime({ lifetimes }: ServerOptions): number {
  const { accessToken, accessTokenByGrantType, idToken, sessionAbsolute } = lifetimes;
  return Math.max(accessToken, idToken, sessionAbsolute, ...Object.values(accessTokenByGrantType));
}

const ORDER = [...SIGNING_ALGORITHMS, ...ENCRYPTION_ALGORITHMS];

function byAlgorithm(a: LoadedKey, b: LoadedKey): number {
  return ORDER.indexOf(a.algorithm) - ORDER.indexOf(b.algorithm) || b.activatesAt.getTime() - a.activatesAt.getTime();
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
