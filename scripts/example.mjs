// `npm run example -- <name>`: builds the package if needed, compiles the example and runs it in this very process.
// The example imports the package by its public name, as an application that has installed it does.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformFileSync } from '@swc/core';
import { ensureBuilt, ROOT } from './build.mjs';
import { SWC } from './swc.mjs';

const EXAMPLES = join(ROOT, 'examples');

/** The files of a folder, with those of the folders in it. */
function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesOf(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

/**
 * What another process is running stays as it is: each process compiles for itself.
 * @param {string} name
 * @returns the compiled main file
 */
function compile(name) {
  const out = join(ROOT, '.tmp', 'examples', `${name}-${process.pid}`);
  process.once('exit', () => rmSync(out, { recursive: true, force: true }));
  for (const file of filesOf(join(EXAMPLES, name))) {
    const target = join(out, relative(join(EXAMPLES, name), file));
    mkdirSync(dirname(target), { recursive: true });
    if (file.endsWith('.ts')) writeFileSync(target.replace(/\.ts$/, '.js'), transformFileSync(file, SWC).code);
    else writeFileSync(target, readFileSync(file));
  }
  return join(out, 'main.js');
}

const [name = ''] = process.argv.slice(2);
if (!/^[a-z-]+$/.test(name) || !existsSync(join(EXAMPLES, name, 'main.ts'))) {
  const names = readdirSync(EXAMPLES).filter((one) => existsSync(join(EXAMPLES, one, 'main.ts')));
  console.error(`Usage: npm run example -- <name>\n\nThere are: ${names.join(', ')}`);
  process.exit(1);
}
try {
  await ensureBuilt();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
process.argv.splice(1, 2, compile(name));
await import(pathToFileURL(process.argv[1]).href);
