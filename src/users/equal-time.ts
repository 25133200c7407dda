// Delays refusals, so that their time does not tell which accounts there are.
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds. */
const MAX_DELAY = 1000;
/** What is left of the longest time with each further answer: a slow one is remembered for some hundreds of them. */
const FADING = 0.998;

export class EqualTime {
  private longest = 0;

  /** Waits with a refusal (`isRefusal`) until it has taken as long as the longest answers of late. */
  async run<T>(
    work: () => Promise<T>,
    isRefusal: (result: T) => boolean,
    wait: (milliseconds: number) => Promise<unknown> = sleep,
  ): Promise<T> {
    const begin = performance.now();
    const result = await work();
    const took = performance.now() - begin;
    this.longest = Math.min(MAX_DELAY, Math.max(took, this.longest * FADING));
    if (isRefusal(result) && took < this.longest) await wait(this.longest - took);
    return result;
  }
}
