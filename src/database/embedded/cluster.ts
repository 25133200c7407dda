// The data directory: made once by initdb under a temporary name, so that a half-made one is never used.
import { spawn, type StdioOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseStartError } from '../start-error.js';
import { program } from './binaries.js';
import { giveTo, PROGRAM_ENV, reaches, type RunAs } from './run-as.js';

/** The database's superuser, the only role there is. */
export const SUPERUSER = 'postgres';

const PASSWORD_FILE = 'embedded.password';
const ABANDONED_AFTER = 10 * 60_000;

/** The major version that made a data directory; undefined when there is none yet. */
export function clusterMajor(dataDir: string): number | undefined {
  // In this order: another process may put the directory there at any moment, complete as it is.
  const occupied = unlessMissing(dataDir, () => readdirSync(dataDir).length > 0);
  const major = unlessMissing(dataDir, () => Number.parseInt(readFileSync(join(dataDir, 'PG_VERSION'), 'utf8'), 10));
  if (occupied && major === undefined) {
    throw new DatabaseStartError(
      `${dataDir} is neither empty nor a PostgreSQL data directory: choose another DATA_DIR.`,
    );
  }
  return major;
}

function unlessMissing<T>(dataDir: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES') throw notOurs(dataDir);
    if (code !== 'ENOENT') throw error;
    return undefined;
  }
}

/** The error for a data directory that belongs to another user. */
export function notOurs(dataDir: string): Error {
  return new DatabaseStartError(
    `${dataDir} belongs to another user (it was made when the server ran as that user, or as root): start as that user, ` +
      `give the directory to this one (chown -R), or choose another DATA_DIR.`,
  );
}

/** The password for connections by TCP; by socket there is none, the directory's permissions are the lock. */
export function clusterPassword(dataDir: string): string | undefined {
  const path = join(dataDir, PASSWORD_FILE);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/** Runs initdb; another process that makes the same data directory at the same moment does no harm. */
export async function createCluster(
  dataDir: string,
  runAs: RunAs,
  options: { sync: boolean; tcp: boolean },
): Promise<void> {
  mkdirSync(dirname(dataDir), { recursive: true });
  removeAbandoned(dataDir);
  const unfinished = mkdtempSync(`${dataDir}.init-`);
  try {
    const password = options.tcp ? randomBytes(32).toString('base64url') : undefined;
    giveTo(runAs.owner, unfinished);
    await initdb(unfinished, runAs, options.sync, password);
    if (password) {
      writeFileSync(join(unfinished, PASSWORD_FILE), password, { mode: 0o600 });
    }
    publish(unfinished, dataDir);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function publish(unfinished: string, dataDir: string): void {
  try {
    // Windows does not rename onto an empty directory.
    if (process.platform === 'win32' && existsSync(dataDir)) rmdirSync(dataDir);
    renameSync(unfinished, dataDir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (existsSync(join(dataDir, 'PG_VERSION'))) return;
    if (code === 'EBUSY' || code === 'EXDEV') {
      throw new DatabaseStartError(
        `${dataDir} is a mount point: choose a DATA_DIR so that the database lies in a directory below it.`,
        { cause: error },
      );
    }
    throw error;
  }
}

async function initdb(directory: string, runAs: RunAs, sync: boolean, password: string | undefined): Promise<void> {
  const passwordFile = `${directory}.password`;
  const entrance = enter(runAs, directory, 3);
  const args = ['-D', entrance.path, '-U', SUPERUSER, '--no-instructions', '-E', 'UTF8'];
  // The built-in C.UTF-8 is the same on every platform; before PostgreSQL 17 the operating system's is the nearest to it.
  if (runAs.major >= 17) args.push('--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8');
  else args.push(process.platform === 'linux' ? '--locale=C.UTF-8' : '--locale=C');
  args.push(...(password ? ['-A', 'scram-sha-256', `--pwfile=${passwordFile}`] : ['-A', 'trust']));
  if (!sync) args.push('--no-sync');
  try {
    if (password) writeFileSync(passwordFile, password, { mode: 0o600 });
    await run([...runAs.prefix, join(runAs.binDir, program('initdb')), ...args], runAs, entrance);
  } finally {
    entrance.close();
    rmSync(passwordFile, { force: true });
  }
}

/** How PostgreSQL gets to a directory. */
export interface Entrance {
  /** The directory as PostgreSQL is to be told. */
  readonly path: string;
  /** The working directory to start it in. */
  readonly cwd: string;
  /** What comes after the other descriptors that it inherits. */
  readonly descriptors: readonly number[];
  /** To be called when the process has been started. */
  close(): void;
}

/**
 * Opens a directory for the user who runs PostgreSQL. Where that user cannot pass a directory above (root's home, mode
 * 0700), the process inherits the open directory as descriptor `slot`, which needs no way there. (As its working
 * directory it would do from PostgreSQL 16 on: before, the programs go to their own folder and cannot come back.)
 */
export function enter(runAs: RunAs, directory: string, slot: number): Entrance {
  if (process.platform !== 'linux' || reaches(runAs, directory)) {
    return { path: directory, cwd: directory, descriptors: [], close: () => undefined };
  }
  const descriptor = openSync(directory, 'r');
  return {
    path: `/proc/self/fd/${slot}`,
    cwd: '/',
    descriptors: [descriptor],
    close: () => closeSync(descriptor),
  };
}

function run([file, ...args]: string[], runAs: RunAs, { cwd, descriptors }: Entrance): Promise<void> {
  const stdio: StdioOptions = ['ignore', 'ignore', 'pipe', ...descriptors];
  const child = spawn(file, args, { ...runAs.user, cwd, env: PROGRAM_ENV, stdio, windowsHide: true });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr = (stderr + chunk).slice(-2000)));
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => {
      if (code === 0) done();
      else
        fail(new DatabaseStartError(`initdb failed: ${stderr.trim() || `exit status ${code}`}.${adviceFor(stderr)}`));
    });
  });
}

function adviceFor(stderr: string): string {
  if (!stderr.includes('could not look up effective user ID')) return '';
  return ' PostgreSQL needs a user with a name: start as a user of /etc/passwd, or set DATABASE_URL to a running server.';
}

function removeAbandoned(dataDir: string): void {
  const prefix = `${basename(dataDir)}.init-`;
  for (const name of readdirSync(dirname(dataDir))) {
    const path = join(dirname(dataDir), name);
    if (!name.startsWith(prefix)) continue;
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - made > ABANDONED_AFTER) rmSync(path, { recursive: true, force: true });
  }
}
