// Waits for what happens elsewhere: in another process, after a notification.
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE = 15_000;

type Falsy = undefined | null | false | '' | 0;

/**
 * Repeats `work` until it answers something true, and answers that.
 * @example await eventually(async () => (await introspect(server, token)).active === false);
 */
export async function eventually<T>(work: () => Promise<T | Falsy> | T | Falsy, patience = PATIENCE): Promise<T> {
  const deadline = Date.now() + patience;
  for (;;) {
    const result = await work();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`It did not come true: ${work.toString()}`);
    await sleep(10);
  }
}
