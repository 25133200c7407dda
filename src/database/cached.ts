// A small cache in the process for rows that are read with every request and hardly ever change.
import type { ChangeListener } from './change-listener.js';

/** What is kept, for how long, and what makes it out of date. */
export interface CachedOptions {
  /** Tables that the values are made from. */
  tables: readonly string[];
  /** What a changed row makes out of date: the entry with the row's key, or all of them. @default 'key' */
  invalidate?: 'key' | 'all';
  /** @default 1000 */
  maxEntries?: number;
  /** Milliseconds. @default 60000 */
  maxAge?: number;
  /** Also keep that there is no such thing; as many as `maxEntries`, apart from the others. @default false */
  cacheMissing?: boolean;
}

interface Entry<V> {
  readonly value: V | undefined;
  readonly until: number;
}

/**
 * Keeps what was loaded until it changes, whoever changes it. Values are shared: nobody may alter them.
 *
 * @example
 * const clients = new Cached<string, Client>(changes, { tables: ['clients'] });
 * const client = await clients.get('web', (id) => repository.find(id));
 */
export class Cached<K extends string | number, V> {
  private readonly entries = new Map<string, Entry<V>>();
  private readonly missing = new Map<string, Entry<V>>();
  private readonly loading = new Map<string, Promise<V | undefined>>();
  private readonly maxEntries: number;
  private readonly maxAge: number;

  constructor(
    private readonly changes: Pick<ChangeListener, 'listening' | 'onChange' | 'onReset'>,
    private readonly options: CachedOptions,
  ) {
    this.maxEntries = options.maxEntries ?? 1000;
    this.maxAge = options.maxAge ?? 60_000;
    for (const table of options.tables) {
      changes.onChange(table, (key) => (options.invalidate === 'all' || key === '' ? this.clear() : this.forget(key)));
    }
    changes.onReset(() => this.clear());
  }

  /** What is kept under the key, else what `load` answers. Concurrent calls for one key load once. */
  get(key: K, load: (key: K) => Promise<V | undefined>): Promise<V | undefined> {
    const name = String(key);
    if (this.changes.listening) {
      const entry = this.find(this.entries, name) ?? this.find(this.missing, name);
      if (entry) return Promise.resolve(entry.value);
    }
    return this.loading.get(name) ?? this.load(key, name, load);
  }

  /** What is kept under the key, without loading. */
  peek(key: K): V | undefined {
    return this.changes.listening ? this.find(this.entries, String(key))?.value : undefined;
  }

  /** For whoever has just changed it: the next `get` loads, without waiting for the notification. */
  delete(key: K): void {
    this.forget(String(key));
  }

  /** Drops everything. */
  clear(): void {
    this.entries.clear();
    this.missing.clear();
    this.loading.clear();
  }

  private load(key: K, name: string, load: (key: K) => Promise<V | undefined>): Promise<V | undefined> {
    const until = Date.now() + this.maxAge;
    const { listening } = this.changes;
    const loaded: Promise<V | undefined> = load(key).then(
      (value) => {
        // Not there any more: it changed while it was being loaded.
        if (this.loading.get(name) === loaded) {
          this.loading.delete(name);
          if (listening) this.keep(name, { value, until });
        }
        return value;
      },
      (error) => {
        if (this.loading.get(name) === loaded) this.loading.delete(name);
        throw error;
      },
    );
    this.loading.set(name, loaded);
    return loaded;
  }

  private keep(name: string, entry: Entry<V>): void {
    const isMissing = entry.value === undefined || entry.value === null;
    if (isMissing && !this.options.cacheMissing) return;
    const kept = isMissing ? this.missing : this.entries;
    kept.set(name, entry);
    if (kept.size > this.maxEntries) kept.delete(kept.keys().next().value as string);
  }

  private find(kept: Map<string, Entry<V>>, name: string): Entry<V> | undefined {
    const entry = kept.get(name);
    if (!entry) return undefined;
    if (entry.until <= Date.now()) {
      kept.delete(name);
      return undefined;
    }
    // The end of the map is the most recently used; the order matters only when something will soon have to go.
    if ((kept.size - 1) * 2 >= this.maxEntries) {
      kept.delete(name);
      kept.set(name, entry);
    }
    return entry;
  }

  private forget(name: string): void {
    this.entries.delete(name);
    this.missing.delete(name);
    this.loading.delete(name);
  }
}
