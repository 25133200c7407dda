// Refusals wait for what longer answers took; the clock is the test's.
import { jest } from '@jest/globals';
import { EqualTime } from './equal-time.js';

let now: number;
let waits: number[];
let equalTime: EqualTime;

beforeEach(() => {
  [now, waits, equalTime] = [0, [], new EqualTime()];
  jest.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => jest.restoreAllMocks());

const answer = (takes: number, isRefusal: boolean): Promise<boolean> =>
  equalTime.run(
    () => {
      now += takes;
      return Promise.resolve(isRefusal);
    },
    (refused) => refused,
    (milliseconds) => Promise.resolve(waits.push(milliseconds)),
  );

it('a quick refusal waits until it has taken as long as the longest answer', async () => {
  await answer(80, true);
  await answer(30, true);
  expect(waits).toEqual([expect.closeTo(50, 0)]);
});

it('what is right is never delayed, and counts', async () => {
  await answer(80, false);
  await answer(10, false);
  expect(waits).toEqual([]);
  await answer(10, true);
  expect(waits).toHaveLength(1);
});

it('no refusal waits longer than a second', async () => {
  await answer(60_000, false);
  await answer(0, true);
  expect(waits).toEqual([expect.closeTo(1000, -1)]);
  expect(waits[0]).toBeLessThanOrEqual(1000);
});

it('a slow answer is forgotten in time', async () => {
  await answer(900, false);
  for (let n = 0; n < 2000; n++) await answer(10, false);
  await answer(10, true);
  expect(waits[0] ?? 0).toBeLessThan(50);
});
