import { setTimeout as sleep } from 'node:timers/promises';
import { Semaphore } from './semaphore.js';

it('runs as many at a time as there are slots, in order', async () => {
  const semaphore = new Semaphore(2, 10);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      semaphore.run(async () => {
        most = Math.max(most, ++running);
        order.push(index);
        await sleep(1);
        running--;
      }),
    ),
  );
  expect(most).toBe(2);
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(semaphore.isIdle).toBe(true);
});

it('gives the slot back when a task fails', async () => {
  const semaphore = new Semaphore(1, 1);
  await expect(semaphore.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(semaphore.run(async () => 'yes')).resolves.toBe('yes');
});

it('says when the queue is full', async () => {
  const semaphore = new Semaphore(1, 1);
  const first = semaphore.run(() => sleep(5));
  expect(semaphore.isFull).toBe(false);
  const second = semaphore.run(() => sleep(5));
  expect(semaphore.isFull).toBe(true);
  await Promise.all([first, second]);
  expect(semaphore.isFull).toBe(false);
});
