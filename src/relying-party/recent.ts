// What is remembered for a while, and never more than so much of it.

export class Recent<T> {
  private readonly entries = new Map<string, { value: T; until: number }>();

  /**
   * @param lifetime of an entry, in milliseconds
   * @param limit of entries: the oldest goes
   */
  constructor(
    private readonly lifetime: number,
    private readonly limit: number,
  ) {}

  get(key: string): T | undefined {
    const entry = this.entries.get(key);
    if (entry && entry.until > Date.now()) return entry.value;
    this.entries.delete(key);
    return undefined;
  }

  set(key: string, value: T): void {
    this.entries.delete(key);
    this.entries.set(key, { value, until: Date.now() + this.lifetime });
    const now = Date.now();
    for (const [oldest, { until }] of this.entries) {
      if (until > now && this.entries.size <= this.limit) break;
      this.entries.delete(oldest);
    }
  }

  delete(key: string): void {
    this.entries.delete(key);
  }
}
