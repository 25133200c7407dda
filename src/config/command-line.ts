// How the command line interface is called where this program runs: from the repository, a package or an image.
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..', '..');

/** What a person types before the name of a command. */
export function commandLine(): string {
  if (existsSync(join(ROOT, 'scripts', 'cli.mjs'))) return 'npm run cli --';
  if (ROOT.includes('node_modules')) return 'npx nest-authorization-server';
  return `node ${relative(process.cwd(), join(ROOT, 'dist', 'standalone', 'cli.js'))}`;
}
