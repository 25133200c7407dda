// Lets a few run at a time; the others wait in a queue that has an end.

export class Semaphore {
  private running = 0;
  private readonly waiting: Array<() => void> = [];

  /**
   * @param slots how many run at a time
   * @param queue how many may wait
   */
  constructor(
    private readonly slots: number,
    private readonly queue: number,
  ) {}

  /** Would the next one be refused? */
  get isFull(): boolean {
    return this.running >= this.slots && this.waiting.length >= this.queue;
  }

  /** Nobody runs and nobody waits. */
  get isIdle(): boolean {
    return this.running === 0;
  }

  /** Runs the task when its turn comes; look at {@link isFull} before. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.running < this.slots) this.running++;
    else await new Promise<void>((turn) => this.waiting.push(turn));
    try {
      return await task();
    } finally {
      // The slot is handed on, so that nobody overtakes those who wait.
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}
