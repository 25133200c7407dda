// `npm start`: builds if needed, then runs the server in this very process, so that a signal to npm, to the shell or to
// node reaches the server's own shutdown hooks. (The npm script says `exec` because npm tells only the shell that it started;
// where there is no exec, on Windows, what follows `||` runs.)
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { ensureBuilt, ROOT } from './build.mjs';

if (existsSync('.env')) process.loadEnvFile('.env');
try {
  await ensureBuilt();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
await import(pathToFileURL(join(ROOT, 'dist', 'standalone', 'main.js')).href);
