// The secret keys of a development server: generated once into the data directory.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, linkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Reads the generated secret keys, or generates them; several processes at once get the same ones. */
export function developmentSecretKeys(dataDir: string): string[] {
  const file = join(dataDir, 'secret-keys');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true });
    const own = `${file}.${process.pid}`;
    writeFileSync(own, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
    createOnce(own, file);
  }
  return readFileSync(file, 'utf8').trim().split(',');
}

/** A link is made by exactly one process; where the file system has no links the last rename wins. */
function createOnce(own: string, file: string): void {
  try {
    linkSync(own, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      renameSync(own, file);
      return;
    }
  }
  rmSync(own, { force: true });
}
