// Slows guessing down: failures in a row, counted per account, address or browser, make the next attempt wait.
import { Injectable } from '@nestjs/common';
import { Semaphore } from '../common/semaphore.js';
import { type BackOff, failureKey, SignInFailuresRepository } from './sign-in-failures.repository.js';

/** No delay before the fifth failure in a row, then 1 s, 2 s, 4 s … 15 min. */
const ACCOUNT: BackOff = { from: 5, longest: 15 * 60, forgottenAfter: 24 * 3600 };
/** Many people share an address: it waits later and shorter. */
const ADDRESS: BackOff = { from: 20, longest: 60, forgottenAfter: 15 * 60 };
const FORGOTTEN_AFTER = Math.max(ACCOUNT.forgottenAfter, ADDRESS.forgottenAfter);

/** Fewer than `ACCOUNT.from`, so that one person's parallel tabs do not count as failures of each other. */
const PARALLEL = 4;
const MAX_WAITING = 50;

/** What an attempt is counted under. */
export interface Counter {
  key: Buffer;
  backOff: BackOff;
  /** A success ends the row of failures; without it only its own attempt is taken back. */
  resets: boolean;
}

export const counters = {
  account: (login: string): Counter => counter('account', login, ACCOUNT, true),
  address: (address: string): Counter => counter('address', address, ADDRESS, false),
  knownBrowser: (browser: string, userId: string): Counter =>
    counter('known-browser', `${browser} ${userId}`, ACCOUNT, true),
  // A right code proves nothing: anybody can ask for codes of their own between two guesses.
  deviceCode: (userId: string): Counter => counter('device-code', userId, ACCOUNT, false),
  deviceAddress: (address: string): Counter => counter('device-address', address, ADDRESS, false),
  passwordChange: (userId: string): Counter => counter('password-change', userId, ACCOUNT, true),
};

function counter(kind: Parameters<typeof failureKey>[0], name: string, backOff: BackOff, resets: boolean): Counter {
  return { key: failureKey(kind, name), backOff, resets };
}

/** How an attempt ended: `void` is neither a success nor a failure, e.g. when it was not made. */
export type AttemptOutcome = 'succeeded' | 'failed' | 'void';

/** The next attempt has to wait. */
export interface Throttled {
  /** Seconds. */
  retryAfter: number;
}

@Injectable()
export class AttemptLimiter {
  private readonly running = new Map<string, Semaphore>();

  constructor(private readonly failures: SignInFailuresRepository) {}

  /**
   * Makes the attempt unless one of the counters says to wait; the first of them names whose attempt it is.
   * @param attempt answers how it ended; a failure is counted already, also when it throws nothing
   */
  async run<T extends { outcome: AttemptOutcome }>(
    counted: readonly [Counter, ...Counter[]],
    attempt: () => Promise<T>,
  ): Promise<T | Throttled> {
    const name = counted[0].key.toString('base64');
    const turns = this.running.get(name) ?? new Semaphore(PARALLEL, MAX_WAITING);
    if (turns.isFull) return { retryAfter: 1 };
    this.running.set(name, turns);
    try {
      return await turns.run(() => this.runNow(counted, attempt));
    } finally {
      if (turns.isIdle) this.running.delete(name);
    }
  }

  /** Removes counts that mean nothing any more. @returns how many; fewer than `limit` is all */
  removeForgotten(limit: number): Promise<number> {
    return this.failures.deleteForgotten(FORGOTTEN_AFTER, limit);
  }

  private async runNow<T extends { outcome: AttemptOutcome }>(
    counted: readonly Counter[],
    attempt: () => Promise<T>,
  ): Promise<T | Throttled> {
    const reserved: Counter[] = [];
    let outcome: AttemptOutcome = 'void';
    try {
      for (const one of counted) {
        const wait = await this.failures.reserve(one.key, one.backOff);
        if (wait > 0) return { retryAfter: wait };
        reserved.push(one);
      }
      const result = await attempt();
      outcome = result.outcome;
      return result;
    } finally {
      if (outcome !== 'failed') await Promise.all(reserved.map((one) => this.settle(one, outcome === 'succeeded')));
    }
  }

  private settle({ key, resets }: Counter, succeeded: boolean): Promise<void> {
    return succeeded && resets ? this.failures.reset(key) : this.failures.takeBack(key);
  }
}
