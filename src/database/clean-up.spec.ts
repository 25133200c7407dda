import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { CleanUp, type CleanUpOptions, type RemoveBatch } from './clean-up.js';

const QUICK = { enabled: true, firstAfter: 1, every: 5, pause: 1, batch: 10 };

const running: CleanUp[] = [];

function start(removers: Record<string, RemoveBatch>, options: Partial<CleanUpOptions> = {}): CleanUp {
  const cleanUp = new CleanUp({ ...QUICK, ...options });
  for (const [name, remove] of Object.entries(removers)) cleanUp.register(name, remove);
  cleanUp.onApplicationBootstrap();
  running.push(cleanUp);
  return cleanUp;
}

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 5000; !condition() && Date.now() < deadline;) await sleep(2);
  expect(condition()).toBe(true);
}

beforeEach(() => void jest.spyOn(Logger.prototype, 'debug').mockImplementation(() => undefined));

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.onModuleDestroy()));
  jest.restoreAllMocks();
});

describe('CleanUp', () => {
  it('takes batch after batch in one round, until one is not full', async () => {
    let left = 35;
    const counts: number[] = [];
    start(
      {
        rows: async (limit) => {
          const count = Math.min(limit, left);
          left -= count;
          counts.push(count);
          return count;
        },
      },
      { every: 60_000 },
    );
    await until(() => counts.length === 4);
    await sleep(20);
    expect(counts).toEqual([10, 10, 10, 5]);
  });

  it('begins another round after a while', async () => {
    const remove = jest.fn<RemoveBatch>().mockResolvedValue(0);
    start({ rows: remove });
    await until(() => remove.mock.calls.length >= 3);
  });

  it('goes on with the others, and with the next round, when one fails, and says so once a round', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const fails = jest.fn<RemoveBatch>().mockRejectedValue(new Error('the database is away'));
    const works = jest.fn<RemoveBatch>().mockResolvedValue(0);
    const cleanUp = start({ fails, works });
    await until(() => works.mock.calls.length >= 2);
    await cleanUp.onModuleDestroy();
    expect(warn).toHaveBeenCalledTimes(fails.mock.calls.length);
    expect(warn).toHaveBeenCalledWith('Clean-up of fails failed: the database is away');
  });

  it('never runs twice at once', async () => {
    let now = 0;
    let most = 0;
    let calls = 0;
    const slow = async (): Promise<number> => {
      most = Math.max(most, ++now);
      await sleep(15);
      now--;
      calls++;
      return 0;
    };
    start({ a: slow, b: slow }, { every: 1 });
    await until(() => calls >= 4);
    expect(most).toBe(1);
  });

  it('waits for the batch at hand when it is stopped, and takes no further one', async () => {
    let calls = 0;
    let finished = 0;
    const cleanUp = start({
      rows: async (limit) => {
        calls++;
        await sleep(40);
        finished++;
        return limit;
      },
      others: async () => ++calls,
    });
    await until(() => calls === 1);
    await cleanUp.onModuleDestroy();
    expect(finished).toBe(1);
    await sleep(30);
    expect(calls).toBe(1);
  });

  it('does nothing when it is switched off', async () => {
    const remove = jest.fn<RemoveBatch>().mockResolvedValue(0);
    const cleanUp = start({ rows: remove }, { enabled: false });
    await sleep(20);
    await cleanUp.onModuleDestroy();
    expect(remove).not.toHaveBeenCalled();
  });

  it('stops at once while it waits for its next round', async () => {
    const cleanUp = start({}, { firstAfter: 60_000 });
    await cleanUp.onModuleDestroy();
  });
});
