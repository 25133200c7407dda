// Answers of an introspection endpoint, kept for a moment. Of the tokens themselves only hashes are kept.
// @see RFC 7662 §4 https://www.rfc-editor.org/rfc/rfc7662#section-4
import { hash } from 'node:crypto';
import type { AccessToken, MaybePromise } from '../token-verifier.js';

/** What is known of a token, but not the token; undefined: it is not active. */
export type KnownToken = Omit<AccessToken, 'token'> | undefined;

export interface CacheSettings {
  /** Milliseconds for active tokens. */
  maxAge: number;
  /** Milliseconds for others. */
  maxInactiveAge: number;
  maxEntries: number;
}

interface Entry {
  known: KnownToken;
  /** By the monotonic clock. */
  until: number;
}

export class IntrospectionCache {
  private readonly entries = new Map<string, Entry>();
  private readonly asking = new Map<string, Promise<KnownToken>>();

  constructor(private readonly settings: CacheSettings) {}

  /** What is known, or what asking tells; concurrent calls for one token ask once. */
  get(token: string, ask: () => Promise<KnownToken>): MaybePromise<AccessToken | undefined> {
    const key = hash('sha256', token, 'base64url');
    const entry = this.entries.get(key);
    if (entry && entry.until > performance.now()) return entry.known && { ...entry.known, token };
    return this.askOnce(key, ask).then((known) => known && { ...known, token });
  }

  private askOnce(key: string, ask: () => Promise<KnownToken>): Promise<KnownToken> {
    let asked = this.asking.get(key);
    if (!asked) {
      asked = ask()
        .then((known) => {
          this.keep(key, known);
          return known;
        })
        .finally(() => this.asking.delete(key));
      this.asking.set(key, asked);
    }
    return asked;
  }

  private keep(key: string, known: KnownToken): void {
    const { maxAge, maxInactiveAge, maxEntries } = this.settings;
    const age = known ? Math.min(maxAge, known.expiresAt.getTime() - Date.now()) : maxInactiveAge;
    // The end of the map is what was asked last.
    this.entries.delete(key);
    if (age <= 0) return;
    this.entries.set(key, { known, until: performance.now() + age });
    if (this.entries.size > maxEntries) this.entries.delete(this.entries.keys().next().value as string);
  }
}
