// The frame of one jest run: cluster, template database, shared server. Called by global-setup.mjs and global-teardown.mjs.
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  statfsSync,
} from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { CHROMIUM } from './chromium.js';
import { runCli } from './cli.js';
import { closeAll } from './cleanup.js';
import { admin, databaseUrl } from './database.js';
import { bootstrap } from './fixtures.js';
import { startServer } from './server.js';
import { announce, ROOT, type RunState } from './state.js';

interface EmbeddedPostgres {
  url: string;
  stop(): Promise<void>;
}

interface EmbeddedPostgresModule {
  startEmbeddedPostgres(options: {
    dataDir: string;
    sync?: boolean;
    settings?: Record<string, string>;
    binDir?: string;
  }): Promise<EmbeddedPostgres>;
}

/** Bytes: twice what all databases of a run take. */
const MEMORY_NEEDED = 6 * 1024 ** 3;

let directory: string | undefined;
let cluster: EmbeddedPostgres | undefined;
let external: { url: string; template: string } | undefined;

export async function setUp(): Promise<void> {
  try {
    await start();
  } catch (error) {
    // Jest calls no teardown after a setup that failed.
    await tearDown();
    throw error;
  }
}

async function start(): Promise<void> {
  const started = Date.now();
  const base = roomyMemory() ?? tmpdir();
  removeAbandoned(base);
  directory = mkdtempSync(join(base, `nas-test-${process.pid}-`));
  // PostgreSQL does not run as root: another user must be able to pass.
  chmodSync(directory, 0o755);
  mkdirSync(join(directory, 'pids'));
  const stateFile = join(directory, 'state.json');
  const template = `template_${process.pid}`;

  const clusterUrl = process.env.TEST_DATABASE_URL || (cluster = await startCluster(join(directory, 'postgres'))).url;
  if (!cluster) external = { url: clusterUrl, template };
  const state: RunState = {
    directory,
    clusterUrl,
    template,
    postgresVersion: await serverVersion(clusterUrl),
    shared: { error: 'The shared server has not been started.' },
  };
  const save = (): void => writeFileSync(stateFile, JSON.stringify(state));
  save();
  announce(stateFile);

  await admin(clusterUrl, `CREATE DATABASE ${template}`);
  // With keys, which take a new server half a second to make.
  const made = await runCli(['keys', 'rotate'], { database: databaseUrl(clusterUrl, template) });
  if (made.status !== 0) {
    state.shared = { error: `The migrations failed:\n${made.stdout}${made.stderr}` };
  } else {
    try {
      const { url, issuer, database, pid, logFile } = await startServer({ bootstrap: bootstrap() });
      state.shared = { url, issuer, database, pid, logFile };
    } catch (error) {
      // Specs that start servers of their own may still say more.
      state.shared = { error: `The shared server did not start:\n${(error as Error).message}` };
    }
  }
  save();
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stderr.write(`PostgreSQL ${state.postgresVersion}, shared server: ready after ${seconds} s.\n`);
  if ('error' in state.shared) process.stderr.write(`${state.shared.error}\n`);
  if (!CHROMIUM) process.stderr.write('No chromium found: the tests in a real browser are SKIPPED.\n');
}

export async function tearDown(): Promise<void> {
  if (!directory) return;
  await closeAll();
  for (const name of readdirSync(join(directory, 'pids'))) killLeftover(Number(name));
  if (external) await dropDatabases(external.url);
  await cluster?.stop();
  remove(directory);
  directory = cluster = external = undefined;
}

/** Where files lie in memory, when there is enough of it: a database is three hundred files, and every spec has some. */
function roomyMemory(): string | undefined {
  const path = '/dev/shm';
  try {
    const { bavail, bsize } = statfsSync(path);
    return Math.min(bavail * bsize, freemem()) > MEMORY_NEEDED ? path : undefined;
  } catch {
    return undefined;
  }
}

/** What a run left that was killed. */
function removeAbandoned(base: string): void {
  for (const name of readdirSync(base)) {
    const pid = /^nas-test-(\d+)-/.exec(name)?.[1];
    if (pid && !lives(Number(pid))) remove(join(base, name));
  }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Dozens of databases: nobody waits until they are gone. */
function remove(path: string): void {
  const program = 'fs.rmSync(process.argv[1], { recursive: true, force: true, maxRetries: 3 })';
  spawn(process.execPath, ['-e', program, path], { detached: true, stdio: 'ignore' })
    .on('error', () => undefined)
    .unref();
}

/** The binaries of TEST_PG_BIN, else those of the package. */
async function startCluster(dataDir: string): Promise<EmbeddedPostgres> {
  const file = join(ROOT, 'dist', 'database', 'embedded-postgres.js');
  const { startEmbeddedPostgres } = (await import(pathToFileURL(file).href)) as EmbeddedPostgresModule;
  return startEmbeddedPostgres({
    dataDir,
    sync: false,
    binDir: process.env.TEST_PG_BIN,
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
  });
}

async function serverVersion(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  return rows[0].server_version.split(' ')[0];
}

/** Servers that a spec forgot; the number may meanwhile belong to somebody else, hence the look at the command line. */
function killLeftover(pid: number): void {
  try {
    const commandLine = `/proc/${pid}/cmdline`;
    if (!existsSync(commandLine) || !readFileSync(commandLine, 'utf8').includes(ROOT)) return;
    process.kill(pid, 'SIGKILL');
    process.stderr.write(`A spec left a process running (pid ${pid}); killed.\n`);
  } catch {
    // Gone already.
  }
}

async function dropDatabases(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ datname: string }>(
    String.raw`SELECT datname FROM pg_database WHERE datname ~ '^(t_[0-9a-f]{16}|template_\d+)$'`,
  );
  for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
  await client.end();
}
