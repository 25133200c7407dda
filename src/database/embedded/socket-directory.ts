// The directory of the server's Unix socket: private to its owner, the same one for every start on a data directory, so
// that the address survives when another process takes the database over.
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { giveTo, reaches, type RunAs } from './run-as.js';

// sun_path holds 108 bytes on Linux and 104 on macOS; the file in it is called `.s.PGSQL.5432`.
const LONGEST = 80;

/** Makes (or finds again) the socket directory of a data directory: mode 0700, owned by who runs PostgreSQL. */
export function socketDirectory(dataDir: string, runAs: RunAs): string {
  const uid = runAs.owner?.uid ?? process.getuid?.() ?? 0;
  const name = `nas-pg-${createHash('sha256').update(`${uid}:${dataDir}`).digest('hex').slice(0, 16)}`;
  const parent =
    [tmpdir(), '/tmp'].find((path) => path.length <= LONGEST - name.length && reaches(runAs, path)) ?? '/tmp';
  const path = join(parent, name);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // The name can be foreseen: a directory made by another user is not ours to use.
    if (!isPrivate(path, uid)) return claim(mkdtempSync(`${path}-`), runAs);
  }
  return claim(path, runAs);
}

function isPrivate(path: string, uid: number): boolean {
  const stat = lstatSync(path);
  return stat.isDirectory() && (stat.mode & 0o077) === 0 && (stat.uid === uid || stat.uid === process.getuid?.());
}

function claim(path: string, runAs: RunAs): string {
  giveTo(runAs.owner, path);
  return path;
}
