// Servers as a user runs them: the built dist/standalone/main.js in a child process, on a free port, with a database of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childEnvironment } from './cli.js';
import { onClose } from './cleanup.js';
import { createDatabase } from './database.js';
import { ROOT, runState, SECRET_KEYS } from './state.js';

/** What a spec needs to know about a running server. */
export interface ServerHandle {
  /** Where it listens: `http://localhost:<port>`. */
  url: string;
  /** Its issuer: `url`, unless ISSUER says otherwise. */
  issuer: string;
  /** Connection string of its database. */
  database: string;
  pid: number;
  logFile: string;
  /** Everything that it has written so far. */
  logs(): string;
}

/** A server of the spec's own; stopped after the spec. */
export interface RunningServer extends ServerHandle {
  port: number;
  dataDir: string;
  /** SIGTERM; answers the exit status (null when a signal ended it). */
  stop(): Promise<number | null>;
  /** SIGKILL, as a crash. The database stays: start another server with `database: server.database`. */
  kill(): Promise<void>;
  /** Resolves when the process has ended, whoever ended it. */
  exited: Promise<number | null>;
}

export interface StartOptions {
  /** Environment variables; `$PORT` in a value becomes the port, `undefined` removes a default. */
  env?: Record<string, string | undefined>;
  /** Content of BOOTSTRAP_FILE. */
  bootstrap?: object;
  /** Options that no variable has, as a host application gives them: `{ disabledGrantTypes: ['password'] }`. */
  options?: object;
  /** Connection string, to share a database or to use it again. Default: a fresh migrated one. */
  database?: string;
  /** The port. Default: a free one. */
  port?: number;
  /** Data directory. Default: a fresh one. */
  dataDir?: string;
  /** Do not wait for /health/ready (a start that is expected to fail: see `exited`). */
  waitUntilReady?: boolean;
}

const READY_TIMEOUT = 30_000;

/** None survives the tests, however they end. */
const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/**
 * Starts a server and waits until it is ready.
 * @example
 * const server = await startServer({ env: { SIGN_UP: 'off' }, bootstrap: { users: [USERS.alice] } });
 */
export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    const server = await launch(options);
    if (options.waitUntilReady === false) return server;
    try {
      await waitUntilReady(server);
      return server;
    } catch (error) {
      await server.kill();
      const portTaken = options.port === undefined && server.logs().includes('EADDRINUSE');
      if (!portTaken || attempt === 3) throw error;
    }
  }
}

/**
 * The server that all specs of a run share, with the users, clients, scopes and resources of fixtures.ts. A spec that
 * changes a setting, locks an account or looks at everything that there is starts its own.
 */
export function sharedServer(): ServerHandle {
  const { shared } = runState();
  if ('error' in shared) throw new Error(shared.error);
  return { ...shared, logs: () => readFileSync(shared.logFile, 'utf8') };
}

/** What a server has written, once it has written `text`: it answers requests a moment before it says so. */
export async function logsWith(server: ServerHandle, text = 'Ready on'): Promise<string> {
  for (const until = Date.now() + 10_000; Date.now() < until; await sleep(20)) {
    if (server.logs().includes(text)) return server.logs();
  }
  throw new Error(`The server never said "${text}":\n${server.logs()}`);
}

async function launch(options: StartOptions): Promise<RunningServer> {
  const state = runState();
  const id = randomBytes(6).toString('hex');
  const port = options.port ?? (await freePort());
  const database = options.database ?? (await createDatabase());
  const dataDir = options.dataDir ?? join(state.directory, `data-${id}`);
  mkdirSync(dataDir, { recursive: true });
  let bootstrapFile: string | undefined;
  if (options.bootstrap) {
    bootstrapFile = join(state.directory, `bootstrap-${id}.json`);
    writeFileSync(bootstrapFile, JSON.stringify(options.bootstrap));
  }
  const given = Object.fromEntries(
    Object.entries(options.env ?? {}).map(([name, value]) => [name, value?.replaceAll('$PORT', String(port))]),
  );
  const env = childEnvironment({
    PORT: String(port),
    DATABASE_URL: database,
    DATA_DIR: dataDir,
    SECRET_KEYS,
    BOOTSTRAP_FILE: bootstrapFile,
    SERVER_OPTIONS: options.options && JSON.stringify(options.options),
    ...given,
  });

  const logFile = join(state.directory, `server-${id}.log`);
  const output = openSync(logFile, 'a');
  const program = options.options ? ['test', 'support', 'main-with-options.mjs'] : ['dist', 'standalone', 'main.js'];
  const child = spawn(process.execPath, [join(ROOT, ...program)], {
    cwd: dataDir,
    env,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const pid = child.pid!;
  const pidFile = join(state.directory, 'pids', String(pid));
  writeFileSync(pidFile, '');
  running.add(child);
  const exited = new Promise<number | null>((done) => {
    child.once('exit', (status) => {
      running.delete(child);
      rmSync(pidFile, { force: true });
      forget();
      done(status);
    });
  });
  const stop = async (): Promise<number | null> => {
    signal(child, 'SIGTERM');
    const killed = setTimeout(() => signal(child, 'SIGKILL'), 20_000);
    const status = await exited;
    clearTimeout(killed);
    return status;
  };
  const forget = onClose(stop);

  const url = `http://localhost:${port}`;
  return {
    url,
    issuer: given.ISSUER ?? url,
    database,
    pid,
    port,
    dataDir,
    logFile,
    logs: () => readFileSync(logFile, 'utf8'),
    stop,
    kill: async () => {
      signal(child, 'SIGKILL');
      await exited;
    },
    exited,
  };
}

async function waitUntilReady(server: RunningServer): Promise<void> {
  const path = new URL(server.issuer).pathname.replace(/\/$/, '');
  const deadline = Date.now() + READY_TIMEOUT;
  let ended: number | null | undefined;
  void server.exited.then((status) => (ended = status));
  while (Date.now() < deadline) {
    if (ended !== undefined) throw new Error(`The server ended with status ${ended}:\n${server.logs()}`);
    const response = await fetch(`${server.url}${path}/health/ready`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await sleep(25);
  }
  throw new Error(`The server was not ready after ${READY_TIMEOUT / 1000} s:\n${server.logs()}`);
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.exitCode === null && child.signalCode === null) child.kill(name);
}

/** Below the range from which the system takes the ports of outgoing connections, above the last one that fetch refuses (10080). */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 11_000 + (randomBytes(2).readUInt16BE() % 20_000);
    const free = await new Promise<boolean>((done) => {
      const probe = createServer();
      probe.once('error', () => done(false));
      probe.listen(port, () => probe.close(() => done(true)));
    });
    if (free) return port;
  }
}
