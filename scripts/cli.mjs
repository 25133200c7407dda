// `npm run cli -- …`: builds if needed, then runs the command line interface in this process.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, ROOT } from './build.mjs';

if (existsSync('.env')) process.loadEnvFile('.env');
try {
  await ensureBuilt();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const main = join(ROOT, 'dist', 'standalone', 'cli.js');
process.argv[1] = main;
await import(pathToFileURL(main).href);
