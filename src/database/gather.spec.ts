// Micro-batching: who joins a batch, who waits, and what a failing item does to the others.
import { setImmediate as turn } from 'node:timers/promises';
import { gather } from './gather.js';

/** A `run` whose batches are answered by hand. */
function controlled() {
  const batches: Array<{ items: number[]; answer: () => void; fail: (error: Error) => void }> = [];
  const run = (items: number[]) =>
    new Promise<string[]>((resolve, reject) => {
      batches.push({ items, answer: () => resolve(items.map((item) => `<${item}>`)), fail: reject });
    });
  return { batches, run };
}

describe('gather', () => {
  it('takes the items of one turn together and gives each its own output', async () => {
    const { batches, run } = controlled();
    const one = gather(run);
    const outputs = Promise.all([one(1), one(2), one(3)]);
    await turn();
    batches[0].answer();
    await expect(outputs).resolves.toEqual(['<1>', '<2>', '<3>']);
    expect(batches.map(({ items }) => items)).toEqual([[1, 2, 3]]);
  });

  it('sends a second batch at once, and lets a third wait until a lane is free', async () => {
    const { batches, run } = controlled();
    const one = gather(run, { lanes: 2 });
    const outputs = [one(1)];
    await turn();
    outputs.push(one(2));
    await turn();
    outputs.push(one(3));
    await turn();
    outputs.push(one(4));
    await turn();
    expect(batches.map(({ items }) => items)).toEqual([[1], [2]]);
    batches[0].answer();
    await turn();
    expect(batches.map(({ items }) => items)).toEqual([[1], [2], [3, 4]]);
    batches.forEach(({ answer }) => answer());
    await expect(Promise.all(outputs)).resolves.toEqual(['<1>', '<2>', '<3>', '<4>']);
  });

  it('makes no batch larger than the limit', async () => {
    const sizes: number[] = [];
    const one = gather(
      async (items: number[]) => {
        sizes.push(items.length);
        return items;
      },
      { maxBatch: 4 },
    );
    await Promise.all(Array.from({ length: 10 }, (_, index) => one(index)));
    expect(sizes).toEqual([4, 4, 2]);
  });

  it('tries the items of a failed batch one by one and fails only those that fail alone', async () => {
    const batches: number[][] = [];
    const one = gather(async (items: number[]) => {
      batches.push(items);
      if (items.includes(2)) throw new Error(`bad ${items.join()}`);
      return items.map((item) => item * 10);
    });
    const outputs = await Promise.allSettled([one(1), one(2), one(3)]);
    expect(batches).toEqual([[1, 2, 3], [1], [2], [3]]);
    expect(outputs).toEqual([
      { status: 'fulfilled', value: 10 },
      { status: 'rejected', reason: new Error('bad 2') },
      { status: 'fulfilled', value: 30 },
    ]);
  });

  it('fails all at once when the database is away', async () => {
    const away = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    let runs = 0;
    const one = gather(async (): Promise<number[]> => {
      runs++;
      throw away;
    });
    const outputs = await Promise.allSettled([one(1), one(2)]);
    expect(outputs.every((output) => output.status === 'rejected' && output.reason === away)).toBe(true);
    expect(runs).toBe(1);
  });

  it('goes on after failures, also when run throws at once', async () => {
    let fail = true;
    const one = gather((items: number[]) => {
      if (fail) throw new Error('at once');
      return Promise.resolve(items);
    });
    await expect(one(1)).rejects.toThrow('at once');
    fail = false;
    await expect(one(2)).resolves.toBe(2);
  });

  it('does not accept fewer outputs than items', async () => {
    const one = gather((items: number[]) => Promise.resolve(items.slice(1)));
    await expect(one(1)).rejects.toThrow('answered with 0 outputs');
  });
});
