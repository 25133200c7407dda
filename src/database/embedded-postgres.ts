// A PostgreSQL server that comes with the application: made at the first start, stopped with it, and shared with other
// processes on the same data directory (the command line beside a running server).
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findBinaries } from './embedded/binaries.js';
import { clusterMajor, createCluster, enter } from './embedded/cluster.js';
import { ENTRANCE_SLOT, launch, type Launched } from './embedded/launch.js';
import { type Connection, connectTo, isAlive, type Postmaster, readPostmaster, urlOf } from './embedded/postmaster.js';
import { chooseRunAs, giveTo, type RunAs } from './embedded/run-as.js';
import { socketDirectory } from './embedded/socket-directory.js';
import { DatabaseStartError } from './start-error.js';

/** What to start, and where. */
export interface EmbeddedPostgresOptions {
  /** The directory of the database itself; made at the first start. */
  dataDir: string;
  /**
   * Whether a committed transaction survives a power failure. Tests do without.
   * @default true
   */
  sync?: boolean;
  /** Settings of the server (`postgresql.conf` names). */
  settings?: Record<string, string>;
  /** The folder of the PostgreSQL programs; without it they are looked for. */
  binDir?: string;
  /** Told what goes on; `starting` and `ready` again whenever a server that went away is replaced. */
  onProgress?: (step: 'initialising' | 'starting' | 'ready') => void;
  /** Told when a server that went away could not be replaced at once; it is tried again. */
  onProblem?: (error: Error) => void;
}

/** A PostgreSQL server to use. */
export interface EmbeddedPostgres {
  /** `postgres://…`, for `pg` and TypeORM; stays the same when the server is replaced after a crash. */
  readonly url: string;
  /** false: another process runs the server and this one has joined. */
  readonly started: boolean;
  /** Stops the server, or leaves the other process's alone. The last thing that an application does. */
  stop(): Promise<void>;
}

const TCP = process.platform === 'win32';
// Recovery after a crash takes its time.
const TIMEOUT = 120_000;
const LOOK_EVERY = 15;
const FAILURES = 4;
const RACES = 100;
const LONGEST_PAUSE = 10_000;

const SETTINGS = {
  log_checkpoints: 'off',
  // Statements and their values never reach a log; what the server itself has to say does.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
};
const NO_SYNC = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * Starts a PostgreSQL server on a data directory, or joins the one that already runs there.
 *
 * @example
 * const postgres = await startEmbeddedPostgres({ dataDir: '.data/postgres' });
 * const client = new pg.Client(postgres.url);
 * // …
 * await postgres.stop();
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const parent = dirname(resolve(options.dataDir));
  mkdirSync(parent, { recursive: true });
  // One name per directory, whatever symbolic links lead to it: the socket's address is made from it.
  const dataDir = existsSync(options.dataDir)
    ? realpathSync(options.dataDir)
    : join(realpathSync(parent), basename(resolve(options.dataDir)));
  const postgres = new KeptPostgres({ ...options, dataDir });
  await postgres.acquire();
  return postgres;
}

class KeptPostgres implements EmbeddedPostgres {
  url = '';
  started = false;
  private readonly end = new AbortController();
  private launched?: Launched;
  private joined?: Connection;
  private replacing?: Promise<void>;
  private runAs?: RunAs;
  private port = 5432;

  constructor(private readonly options: EmbeddedPostgresOptions) {}

  async stop(): Promise<void> {
    this.end.abort();
    // It must be heard to close, or the process may end before.
    this.joined?.ref();
    await Promise.all([this.launched?.stop(), this.joined?.end().catch(() => undefined), this.replacing]);
  }

  /** Joins the running server or starts one, whichever works; processes that do this at the same moment share one. */
  async acquire(): Promise<void> {
    for (let failures = 0, races = 0; !this.stopping;) {
      if ((await this.join()) || (await this.start())) return;
      const said = this.launched?.ended ?? '';
      // Another process was faster, or one is still going away.
      if (/lock file .* (already exists|is empty)|still in use|create lock file .* No such file/.test(said)) races++;
      else failures++;
      if (failures === FAILURES || races === RACES) {
        throw new DatabaseStartError(
          `PostgreSQL does not start on ${this.options.dataDir}. It says: ${said.trim() || 'nothing'}`,
        );
      }
      await sleep(50 * (failures + 1));
    }
  }

  private async join(): Promise<boolean> {
    const { dataDir } = this.options;
    const deadline = Date.now() + TIMEOUT;
    while (!this.stopping) {
      const postmaster = readPostmaster(dataDir);
      if (!postmaster || !isAlive(postmaster, dataDir)) return false;
      const client = await this.connect(postmaster);
      if ('query' in client) {
        this.watch(client);
        this.settle(postmaster, false);
        return true;
      }
      if (Date.now() > deadline || ['EACCES', 'EPERM'].includes((client as NodeJS.ErrnoException).code ?? '')) {
        throw new DatabaseStartError(
          `PostgreSQL (process ${postmaster.pid}) runs on ${dataDir} but does not answer at ` +
            `${postmaster.socketDir || `port ${postmaster.port}`}: ${client.message}. Stop it, or run as its user.`,
        );
      }
      await sleep(LOOK_EVERY);
    }
    return true;
  }

  private async start(): Promise<boolean> {
    const { dataDir, binDir, sync = true, onProgress } = this.options;
    const major = clusterMajor(dataDir);
    // An empty database in its place would look like one that works.
    if (this.url && major === undefined) {
      throw new DatabaseStartError(`${dataDir} is gone: put it back, or restart this process.`);
    }
    // Found once: a server that went away is replaced without looking again.
    if (!this.runAs || (major && major !== this.runAs.major)) {
      this.runAs = chooseRunAs(findBinaries({ binDir, major, dataDir }), dataDir);
    }
    const { runAs } = this;
    if (major === undefined) {
      onProgress?.('initialising');
      await createCluster(dataDir, runAs, { sync, tcp: TCP });
    }
    giveTo(runAs.owner, dataDir);
    onProgress?.('starting');
    const launched = await this.launch(runAs);
    this.launched = launched;
    const deadline = Date.now() + TIMEOUT;
    while (launched.ended === undefined) {
      const postmaster = readPostmaster(dataDir);
      if (postmaster && postmaster.pid === launched.pid && postmaster.status === 'ready') {
        const client = await this.connect(postmaster);
        if ('query' in client) {
          await client.end();
          this.settle(postmaster, true);
          void launched.exit.then(() => this.replaceLost());
          return true;
        }
      }
      if (this.stopping || Date.now() > deadline) await launched.stop();
      await sleep(LOOK_EVERY);
    }
    return false;
  }

  private async launch(runAs: RunAs): Promise<Launched> {
    const { dataDir, sync = true, settings } = this.options;
    const stale = readPostmaster(dataDir);
    const socketDir = TCP ? '' : socketDirectory(dataDir, runAs);
    if (TCP && !this.url) this.port = await freePort();
    const all: Record<string, string> = {
      ...SETTINGS,
      listen_addresses: TCP ? '127.0.0.1' : '',
      unix_socket_directories: socketDir,
      port: String(this.port),
      ...(sync ? {} : NO_SYNC),
      ...settings,
    };
    const entrance = enter(runAs, dataDir, ENTRANCE_SLOT);
    try {
      return launch({
        runAs,
        dataDir,
        entrance,
        args: Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
        socketDir,
        notAPostmaster: stale && !isAlive(stale, dataDir) ? stale.pid : undefined,
      });
    } finally {
      entrance.close();
    }
  }

  private get stopping(): boolean {
    return this.end.signal.aborted;
  }

  private connect(postmaster: Postmaster): Promise<Connection | Error> {
    return connectTo(urlOf(postmaster, this.options.dataDir));
  }

  private settle(postmaster: Postmaster, started: boolean): void {
    const url = urlOf(postmaster, this.options.dataDir);
    if (this.url && this.url !== url) {
      this.options.onProblem?.(new Error(`The database now answers at ${postmaster.socketDir}: restart this process.`));
    }
    this.url ||= url;
    this.port = postmaster.port;
    this.started = started;
    this.options.onProgress?.('ready');
  }

  /** A joined server is watched through a connection: when it goes away, this process takes the database over. */
  private watch(client: Connection): void {
    this.joined = client;
    client.once('end', () => this.replaceLost());
    client.unref();
  }

  private replaceLost(): void {
    this.replacing = this.replace();
  }

  private async replace(): Promise<void> {
    for (let pause = 100; !this.stopping; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        await this.acquire();
        return;
      } catch (error) {
        this.options.onProblem?.(error instanceof Error ? error : new Error(String(error)));
      }
      await sleep(pause, undefined, { ref: false, signal: this.end.signal }).catch(() => undefined);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}
