// Rotates the keys of the server on a schedule: each instance looks, one of them does it.
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ServerOptions } from '../../config/options.js';
import { KeyStore } from './key-store.js';

/** Milliseconds from the start to the first look, and at most between two. */
const FIRST_AFTER = 1_000;
const LONGEST_WAIT = 600_000;
/** How much later than said, at most: instances do not all make a key at the same moment. */
const JITTER = 0.1;

@Injectable()
export class KeyRotation implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(KeyRotation.name);
  private readonly stopping = new AbortController();
  private running?: Promise<void>;

  constructor(
    private readonly keys: KeyStore,
    private readonly options: ServerOptions,
  ) {}

  onApplicationBootstrap(): void {
    if (this.options.keyRotation > 0) this.running ??= this.run();
  }

  /** Waits for what is being done: the database is closed afterwards. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    for (let time = FIRST_AFTER; await this.wait(time); time = await this.rotate());
  }

  /** @returns milliseconds until the next look */
  private async rotate(): Promise<number> {
    try {
      return Math.min(await this.keys.rotateDue(), LONGEST_WAIT);
    } catch (error) {
      this.logger.warn(`The rotation of keys failed: ${error instanceof Error ? error.message : 'unknown error'}`);
      return LONGEST_WAIT;
    }
  }

  /** @returns false when it is time to stop */
  private async wait(time: number): Promise<boolean> {
    // It keeps no process alive.
    const options = { ref: false, signal: this.stopping.signal };
    await sleep(time * (1 + JITTER * Math.random()), undefined, options).catch(() => undefined);
    return !this.stopping.signal.aborted;
  }
}
