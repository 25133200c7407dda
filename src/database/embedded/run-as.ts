// PostgreSQL refuses to run as root: who runs it instead, and how.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseStartError } from '../start-error.js';
import { type Binaries, program } from './binaries.js';

/** How the PostgreSQL programs are run. */
export interface RunAs extends Binaries {
  /** Put before the command: `unshare -U` gives root's own process a user id that is not 0. */
  readonly prefix: readonly string[];
  /** Given to spawn; undefined: the user of this process. */
  readonly user?: Owner;
  /** Who must own the data and socket directories; undefined: whoever runs this process. */
  readonly owner?: Owner;
}

/** A user and group id. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

// macOS has an account for PostgreSQL; everywhere else it is `nobody`.
const UNPRIVILEGED: Owner = process.platform === 'darwin' ? { uid: 216, gid: 216 } : { uid: 65534, gid: 65534 };
const ROOT: Owner = { uid: 0, gid: 0 };
const COPIES = '/var/lib/nest-authorization-server';
const UNSHARE = ['unshare', '-U'];

/** A fixed environment: no PG* variable of the caller changes what the programs do. */
export const PROGRAM_ENV =
  process.platform === 'win32' ? undefined : { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' };

/**
 * Chooses who runs PostgreSQL. As root: the owner of an existing data directory, else an unprivileged user; where that
 * user cannot reach the programs, root itself in a user namespace, else that user with a copy of the programs.
 */
export function chooseRunAs(binaries: Binaries, dataDir: string): RunAs {
  const { binDir } = binaries;
  if (process.getuid?.() !== 0) {
    // initdb wants a name for its user id; a container may run with one that has none.
    return { ...binaries, prefix: !hasName() && runs(binDir, undefined, UNSHARE) ? UNSHARE : [] };
  }
  const user = existingOwner(dataDir) ?? UNPRIVILEGED;
  if (runs(binDir, user, [])) return { ...binaries, prefix: [], user, owner: user };
  if (runs(binDir, undefined, UNSHARE)) return { ...binaries, prefix: UNSHARE, owner: ROOT };
  const copy = copyPrograms(binaries);
  if (copy && runs(copy, user, [])) return { ...binaries, binDir: copy, prefix: [], user, owner: user };
  throw new DatabaseStartError(
    `PostgreSQL does not run as root, and user ${user.uid} cannot run ${binDir}. Start as another user, put the ` +
      'project where every user can read it, or set DATABASE_URL to a running server.',
  );
}

/** Gives a directory and all that is in it to the user who runs PostgreSQL. */
export function giveTo(owner: Owner | undefined, path: string): void {
  if (!owner) return;
  const { uid, gid } = statSync(path);
  if (uid === owner.uid && gid === owner.gid) return;
  for (const entry of readdirSync(path, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(path, entry), owner.uid, owner.gid);
  }
  // Last of all: whoever is interrupted begins again.
  lchownSync(path, owner.uid, owner.gid);
}

/** Whether the user who runs PostgreSQL gets to a directory from the root directory. */
export function reaches(runAs: RunAs, directory: string): boolean {
  if (!runAs.user) return true;
  return spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', directory], { ...runAs.user, cwd: '/' }).status === 0;
}

function hasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

function existingOwner(dataDir: string): Owner | undefined {
  if (!existsSync(join(dataDir, 'PG_VERSION'))) return undefined;
  const { uid, gid } = statSync(dataDir);
  return uid === 0 ? undefined : { uid, gid };
}

function runs(binDir: string, user: Owner | undefined, prefix: readonly string[]): boolean {
  const [file, ...args] = [...prefix, join(binDir, program('postgres')), '--version'];
  return spawnSync(file, args, { ...user, env: PROGRAM_ENV, cwd: '/', stdio: 'ignore' }).status === 0;
}

function copyPrograms({ binDir, version }: Binaries): string | undefined {
  const copy = join(COPIES, `postgres-${version}`);
  if (existsSync(copy)) return join(copy, 'bin');
  try {
    mkdirSync(COPIES, { recursive: true, mode: 0o755 });
    const unfinished = mkdtempSync(`${copy}.`);
    cpSync(dirname(binDir), unfinished, { recursive: true, verbatimSymlinks: true });
    chmodSync(unfinished, 0o755);
    try {
      renameSync(unfinished, copy);
    } catch {
      // Another process was faster.
      rmSync(unfinished, { recursive: true, force: true });
    }
    return join(copy, 'bin');
  } catch {
    return undefined;
  }
}
