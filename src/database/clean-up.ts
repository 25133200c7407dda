// Removes what has expired, continuously and in small batches, so that no table grows with what nobody needs.
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

/** When and how much; times in milliseconds, each varied by chance so that instances do not march in step. */
export interface CleanUpOptions {
  enabled: boolean;
  /** From the start to the first round. @default 1000 */
  firstAfter?: number;
  /** From the end of a round to the next one. @default 30000 */
  every?: number;
  /** Between full batches: others use the database meanwhile. @default 50 */
  pause?: number;
  /** Rows in a batch. @default 500 */
  batch?: number;
}

/** Removes at most `limit` rows and answers how many; fewer than `limit` is all that there was. */
export type RemoveBatch = (limit: number) => Promise<number>;

/** How much later or sooner than said, at most. */
const JITTER = 0.25;

/**
 * One round after the other, never two at once: each takes batch after batch until nothing is left.
 *
 * @example cleanUp.register('tokens', (limit) => repository.removeExpired(limit));
 */
export class CleanUp implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(CleanUp.name);
  private readonly removers = new Map<string, RemoveBatch>();
  private readonly stopping = new AbortController();
  private running?: Promise<void>;

  constructor(private readonly options: CleanUpOptions) {}

  /** @param name of what is removed, for the log */
  register(name: string, remove: RemoveBatch): void {
    this.removers.set(name, remove);
  }

  onApplicationBootstrap(): void {
    if (this.options.enabled) this.running ??= this.run();
  }

  /** Waits for the batch at hand: the database is closed afterwards. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { firstAfter = 1_000, every = 30_000 } = this.options;
    for (let goesOn = await this.wait(firstAfter); goesOn; goesOn = await this.wait(every)) {
      for (const [name, remove] of this.removers) await this.removeAll(name, remove);
    }
  }

  private async removeAll(name: string, remove: RemoveBatch): Promise<void> {
    const { batch = 500, pause = 50 } = this.options;
    let removed = 0;
    try {
      for (let goesOn = !this.stopping.signal.aborted; goesOn;) {
        const count = await remove(batch);
        removed += count;
        goesOn = count >= batch && (await this.wait(pause));
      }
    } catch (error) {
      this.logger.warn(`Clean-up of ${name} failed: ${error instanceof Error ? error.message : 'unknown error'}`);
    }
    if (removed > 0) this.logger.debug(`Removed ${removed} expired rows (${name}).`);
  }

  /** @returns false when it is time to stop */
  private async wait(time: number): Promise<boolean> {
    const varied = time * (1 + JITTER * (2 * Math.random() - 1));
    // It keeps no process alive.
    await sleep(varied, undefined, { ref: false, signal: this.stopping.signal }).catch(() => undefined);
    return !this.stopping.signal.aborted;
  }
}
