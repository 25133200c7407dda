// The keys of the server in memory, opened, and which of them is in use: by the database's clock, so that all instances
// change over at the same moment.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { JWK } from 'jose';
import { Sealer } from '../../common/sealer.js';
import { Cached } from '../../database/cached.js';
import { ChangeListener } from '../../database/change-listener.js';
import { type KeyRecord, KeysRepository } from './keys.repository.js';

const SEAL_PURPOSE = 'signing-key';

/** `next`: published, not yet in use; `retired`: verifies or decrypts what is still on its way. */
export type KeyState = 'next' | 'current' | 'retired';

export interface LoadedKey extends Omit<KeyRecord, 'privateKeySealed'> {
  publicKey: KeyObject;
  /** Absent: sealed under a secret that is no longer known, or needed no more. */
  privateKey?: KeyObject;
}

interface Loaded {
  keys: LoadedKey[];
  /** What the database's clock is ahead of the process's own, in milliseconds. */
  ahead: number;
}

@Injectable()
export class KeyRing {
  private readonly cache: Cached<string, Loaded>;

  constructor(
    private readonly repository: KeysRepository,
    private readonly sealer: Sealer,
    private readonly changes: ChangeListener,
  ) {
    this.cache = new Cached(changes, { tables: ['signing_keys'], invalidate: 'all', maxEntries: 1 });
  }

  /** Every key that is not forgotten yet. */
  async all(): Promise<readonly LoadedKey[]> {
    return (await this.load()).keys;
  }

  /** Every key that is not forgotten yet, with its state at this moment. */
  async withState(): Promise<(LoadedKey & { state: KeyState })[]> {
    const { keys, ahead } = await this.load();
    const now = performance.now() + ahead;
    return keys.map((key) => ({ ...key, state: stateAt(key, now) }));
  }

  /** The key in use; one without a private half only when no other is in use. */
  async current(algorithm: string): Promise<LoadedKey | undefined> {
    const { keys, ahead } = await this.load();
    const now = performance.now() + ahead;
    let found: LoadedKey | undefined;
    for (const key of keys) {
      if (key.algorithm !== algorithm || stateAt(key, now) !== 'current') continue;
      if (key.privateKey || !found?.privateKey) found = key;
    }
    return found;
  }

  /** The database's time, in milliseconds since 1970. */
  async now(): Promise<number> {
    return performance.now() + (await this.load()).ahead;
  }

  /** For whoever has just changed keys: what was made of them here is forgotten as well. */
  clear(): void {
    this.changes.changed('signing_keys');
  }

  seal(privateJwk: JWK): Promise<string> {
    return this.sealer.seal(SEAL_PURPOSE, privateJwk);
  }

  /** Can the private half be opened with SECRET_KEYS? */
  async opens({ privateKeySealed }: KeyRecord): Promise<boolean> {
    return (await this.sealer.open(SEAL_PURPOSE, privateKeySealed)) !== undefined;
  }

  private load(): Promise<Loaded> {
    return this.cache.get('all', () => this.loadAll()) as Promise<Loaded>;
  }

  private async loadAll(): Promise<Loaded> {
    const { keys, readAt } = await this.repository.findKept();
    const ahead = readAt.getTime() - performance.now();
    return { keys: await Promise.all(keys.map((key) => this.open(key, readAt))), ahead };
  }

  private async open({ privateKeySealed, ...key }: KeyRecord, now: Date): Promise<LoadedKey> {
    const isNeeded = key.use === 'enc' || !key.retiresAt || key.retiresAt > now;
    const jwk = isNeeded ? await this.sealer.open<JWK>(SEAL_PURPOSE, privateKeySealed) : undefined;
    return {
      ...key,
      publicKey: createPublicKey({ key: key.publicJwk, format: 'jwk' }),
      privateKey: jwk && createPrivateKey({ key: jwk, format: 'jwk' }),
    };
  }
}

function stateAt({ activatesAt, retiresAt }: LoadedKey, now: number): KeyState {
  if (retiresAt && retiresAt.getTime() <= now) return 'retired';
  return activatesAt.getTime() > now ? 'next' : 'current';
}
