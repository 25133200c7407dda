import { SingleFlight } from './single-flight.js';

class Work {
  runs = 0;
  answer: (value: number) => void;
  fail: (error: Error) => void;

  readonly task = (): Promise<number> => {
    this.runs++;
    return new Promise<number>((resolve, reject) => {
      this.answer = resolve;
      this.fail = reject;
    });
  };
}

it('who asks while the task runs gets its answer', async () => {
  const flights = new SingleFlight<number>();
  const work = new Work();
  const answers = [flights.run('a', work.task), flights.run('a', work.task)];
  work.answer(1);
  expect(await Promise.all(answers)).toEqual([1, 1]);
  expect(work.runs).toBe(1);
});

it('who asks afterwards, or under another key, runs it anew', async () => {
  const flights = new SingleFlight<number>();
  const work = new Work();
  const first = flights.run('a', work.task);
  work.answer(1);
  await first;
  void flights.run('a', work.task);
  void flights.run('b', work.task);
  expect(work.runs).toBe(3);
});

it('a failure is that of all who wait, and of nobody who comes later', async () => {
  const flights = new SingleFlight<number>();
  const work = new Work();
  const failures = [flights.run('a', work.task), flights.run('a', work.task)];
  work.fail(new Error('no'));
  await expect(Promise.allSettled(failures)).resolves.toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  const later = flights.run('a', work.task);
  work.answer(2);
  expect(await later).toBe(2);
});
