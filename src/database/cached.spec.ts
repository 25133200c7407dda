// The cache in the process: what is kept, for how long, and what never is.
import { jest } from '@jest/globals';
import { Cached, type CachedOptions } from './cached.js';

/** A listener whose notifications are made by hand. */
class Changes {
  listening = true;
  private readonly handlers: Array<{ table: string; handler: (key: string) => void }> = [];
  private readonly resets: Array<() => void> = [];

  onChange(table: string, handler: (key: string) => void): () => void {
    this.handlers.push({ table, handler });
    return () => undefined;
  }

  onReset(handler: () => void): () => void {
    this.resets.push(handler);
    return () => undefined;
  }

  notify(table: string, key: string): void {
    for (const one of this.handlers) if (one.table === table) one.handler(key);
  }

  setListening(listening: boolean): void {
    this.listening = listening;
    for (const reset of this.resets) reset();
  }
}

function setUp(options: Partial<CachedOptions> = {}) {
  const changes = new Changes();
  const cached = new Cached<string, string>(changes, { tables: ['clients'], ...options });
  const loads: string[] = [];
  const load = async (key: string): Promise<string | undefined> => {
    loads.push(key);
    return key.startsWith('no') ? undefined : `${key} ${loads.length}`;
  };
  return { changes, cached, loads, load, get: (key: string) => cached.get(key, load) };
}

/** A load that is answered by hand. */
function pending() {
  let answer!: (value: string) => void;
  const value = new Promise<string>((resolve) => (answer = resolve));
  return { load: () => value, answer };
}

describe('Cached', () => {
  afterEach(() => jest.restoreAllMocks());

  it('loads a value once', async () => {
    const { get, loads } = setUp();
    expect([await get('a'), await get('a'), await get('b')]).toEqual(['a 1', 'a 1', 'b 2']);
    expect(loads).toEqual(['a', 'b']);
  });

  it('loads once for concurrent calls, and again after a failed load', async () => {
    const { cached } = setUp();
    let loads = 0;
    const fail = () => Promise.reject(new Error(`load ${++loads}`));
    const results = await Promise.allSettled([cached.get('a', fail), cached.get('a', fail)]);
    expect(results.map((result) => (result as PromiseRejectedResult).reason.message)).toEqual(['load 1', 'load 1']);
    await expect(cached.get('a', fail)).rejects.toThrow('load 2');
  });

  it('forgets the entry of a changed row, and no other', async () => {
    const { changes, get, loads } = setUp({ tables: ['clients', 'client_secrets'] });
    await get('a');
    await get('b');
    changes.notify('client_secrets', 'a');
    changes.notify('users', 'b');
    await get('a');
    await get('b');
    expect(loads).toEqual(['a', 'b', 'a']);
  });

  it('forgets everything at any change where asked, and at a change without a key', async () => {
    const all = setUp({ invalidate: 'all' });
    await all.get('a');
    all.changes.notify('clients', 'something');
    await all.get('a');
    expect(all.loads).toEqual(['a', 'a']);

    const byKey = setUp();
    await byKey.get('a');
    byKey.changes.notify('clients', '');
    await byKey.get('a');
    expect(byKey.loads).toEqual(['a', 'a']);
  });

  it('does not keep what changed while it was being loaded, nor give it to later calls', async () => {
    const { changes, cached, get } = setUp();
    const early = pending();
    const first = cached.get('a', early.load);
    changes.notify('clients', 'a');
    const second = get('a');
    early.answer('out of date');
    expect(await first).toBe('out of date');
    expect(await second).toBe('a 1');
    expect(await get('a')).toBe('a 1');
  });

  it('does not keep what was being loaded when everything was dropped', async () => {
    const { changes, cached, get } = setUp();
    const early = pending();
    const first = cached.get('a', early.load);
    changes.setListening(false);
    changes.setListening(true);
    early.answer('out of date');
    await first;
    expect(await get('a')).toBe('a 1');
  });

  it('reads through while changes are not heard of, and keeps nothing of that time', async () => {
    const { changes, get, loads } = setUp();
    await get('a');
    changes.setListening(false);
    await get('a');
    await get('a');
    expect(loads).toHaveLength(3);
    changes.setListening(true);
    await get('a');
    await get('a');
    expect(loads).toHaveLength(4);
  });

  it('does not keep a load that began while changes were not heard of', async () => {
    const { changes, cached, get } = setUp();
    changes.listening = false;
    const early = pending();
    const first = cached.get('a', early.load);
    changes.listening = true;
    early.answer('unsure');
    await first;
    expect(await get('a')).toBe('a 1');
  });

  it('loads again after the maximum age, counted from the beginning of the load', async () => {
    let now = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    const { cached, load, loads } = setUp({ maxAge: 30 });
    await cached.get('a', (key) => {
      now += 20;
      return load(key);
    });
    now += 9;
    await cached.get('a', load);
    expect(loads).toHaveLength(1);
    now += 1;
    await cached.get('a', load);
    expect(loads).toHaveLength(2);
  });

  it('drops what was not used for longest', async () => {
    const { get, loads } = setUp({ maxEntries: 2 });
    await get('a');
    await get('b');
    await get('a');
    await get('c');
    await get('a');
    await get('b');
    expect(loads).toEqual(['a', 'b', 'c', 'b']);
  });

  it('does not keep that there is nothing, unless asked', async () => {
    const { get, loads } = setUp();
    expect([await get('none'), await get('none')]).toEqual([undefined, undefined]);
    expect(loads).toHaveLength(2);
  });

  it('keeps that there is nothing in a place of its own, so that guessed keys push nothing out', async () => {
    const { changes, get, loads } = setUp({ maxEntries: 2, cacheMissing: true });
    await get('a');
    for (const key of ['no1', 'no2', 'no3', 'no3']) await get(key);
    await get('a');
    expect(loads).toEqual(['a', 'no1', 'no2', 'no3']);
    await get('no1');
    expect(loads).toHaveLength(5);
    changes.notify('clients', 'no1');
    await get('no1');
    expect(loads).toHaveLength(6);
  });

  it('forgets what its owner says', async () => {
    const { cached, get, loads } = setUp();
    await get('a');
    cached.delete('a');
    await get('a');
    cached.clear();
    await get('a');
    expect(loads).toHaveLength(3);
  });
});
