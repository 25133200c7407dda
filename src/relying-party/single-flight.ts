// Who asks for what is under way already gets that: one request, however many wait for it.

export class SingleFlight<T> {
  private readonly running = new Map<string, Promise<T>>();

  /** The answer of the task, or of the one that runs under this key. A failure is kept for nobody who comes later. */
  run(key: string, task: () => Promise<T>): Promise<T> {
    let running = this.running.get(key);
    if (!running) {
      running = task().finally(() => this.running.delete(key));
      this.running.set(key, running);
    }
    return running;
  }
}
