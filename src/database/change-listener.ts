// Hears of changes that any instance makes (LISTEN/NOTIFY), over a connection of its own that is kept up.
import pg from 'pg';
import { clientConfig, type Connection } from './connection.js';
import { APPLICATION_NAME } from './data-source-options.js';

/** Where and how to listen. */
export interface ChangeListenerOptions {
  /** A direct connection, not a pooler in transaction mode. */
  connection: Connection;
  /** Milliseconds between probes of a silent connection. @default 15000 */
  probeEvery?: number;
  /** Told when the connection is lost and when it is there again. */
  onState?: (listening: boolean, reason?: string) => void;
}

/** Called with the key of a changed row; '' says any row of the table. */
export type ChangeHandler = (key: string) => void;

const CHANNEL = 'nas_changed';
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 10_000;
const TIMEOUT = 5_000;
const PROBE_EVERY = 15_000;

/**
 * Tells caches what has changed. Triggers notify the channel with `<table>:<key>`. While `listening` is false changes
 * may go unnoticed: caches read through.
 */
export class ChangeListener {
  private readonly changeHandlers = new Map<string, Set<ChangeHandler>>();
  private readonly resetHandlers = new Set<() => void>();
  private client?: pg.Client;
  private timer?: NodeJS.Timeout;
  private pause = FIRST_PAUSE;
  private closed = false;
  private up = false;

  constructor(private readonly options: ChangeListenerOptions) {}

  /** Are changes being heard of? */
  get listening(): boolean {
    return this.up;
  }

  /** Has rows of a table watched. The handler must not throw. @returns a function that ends it */
  onChange(table: string, handler: ChangeHandler): () => void {
    const handlers = this.changeHandlers.get(table) ?? new Set();
    this.changeHandlers.set(table, handlers.add(handler));
    return () => void handlers.delete(handler);
  }

  /** For whoever has just changed a table: everybody here hears of it now, without waiting for the notification. */
  changed(table: string, key = ''): void {
    for (const handler of this.changeHandlers.get(table) ?? []) handler(key);
  }

  /**
   * Called when the connection is lost, and again when it is there (also the first time): whatever was remembered may
   * be out of date. @returns a function that ends it
   */
  onReset(handler: () => void): () => void {
    this.resetHandlers.add(handler);
    return () => void this.resetHandlers.delete(handler);
  }

  /** Begins to listen. Answers after the first attempt, whether it worked or not; it goes on trying. */
  async start(): Promise<void> {
    const client = new pg.Client({
      ...clientConfig(this.options.connection),
      application_name: `${APPLICATION_NAME} changes`,
      connectionTimeoutMillis: TIMEOUT,
      query_timeout: TIMEOUT,
      keepAlive: true,
      keepAliveInitialDelayMillis: TIMEOUT,
    });
    this.client = client;
    let reason: string | undefined;
    client.on('error', (error) => (reason = error.message));
    client.on('end', () => this.lost(client, reason));
    client.on('notification', ({ payload = '' }) => this.notify(payload));
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      this.established(client);
    } catch (error) {
      this.lost(client, error instanceof Error ? error.message : undefined);
    }
  }

  /** Ends the connection; nothing is heard any more. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    const { client } = this;
    if (client) this.lost(client);
    await client?.end().catch(() => undefined);
  }

  private established(client: pg.Client): void {
    if (this.client !== client) return;
    this.pause = FIRST_PAUSE;
    this.up = true;
    this.reset();
    this.options.onState?.(true);
    this.probeLater(client);
  }

  private lost(client: pg.Client, reason?: string): void {
    if (this.client !== client) return;
    this.client = undefined;
    clearTimeout(this.timer);
    if (this.up) {
      this.up = false;
      this.reset();
      if (!this.closed) this.options.onState?.(false, reason);
    }
    if (this.closed) return;
    // Half of it by chance: instances that lost the same server do not all come back at the same moment.
    this.timer = setTimeout(() => void this.start(), this.pause * (0.5 + Math.random() / 2));
    this.timer.unref();
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
    void client.end().catch(() => undefined);
  }

  /** A connection can die without a word; asking something shows it. */
  private probeLater(client: pg.Client): void {
    this.timer = setTimeout(() => {
      client.query('SELECT 1').then(
        () => this.client === client && this.probeLater(client),
        (error: Error) => this.lost(client, error.message),
      );
    }, this.options.probeEvery ?? PROBE_EVERY);
    this.timer.unref();
  }

  private notify(payload: string): void {
    const colon = payload.indexOf(':');
    if (colon < 0) this.changed(payload);
    else this.changed(payload.slice(0, colon), payload.slice(colon + 1));
  }

  private reset(): void {
    for (const handler of this.resetHandlers) handler();
  }
}
