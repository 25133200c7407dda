// Once per jest run, before any e2e spec: builds dist when it is stale, starts one PostgreSQL cluster, migrates a template
// database and starts the shared server. Jest loads this file natively, so the TypeScript beside it is compiled first.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import swc from '@swc/core';
import { ensureBuilt, ROOT } from '../../scripts/build.mjs';

export default async function globalSetup() {
  await ensureBuilt({ log: (line) => process.stderr.write(`${line}\n`) });
  const run = await importSupport('run');
  await run.setUp();
}

/** Compiles test/support/*.ts to .tmp/support/*.js, at the same depth so that relative paths stay true. */
export async function importSupport(name) {
  const target = join(ROOT, '.tmp', 'support');
  mkdirSync(target, { recursive: true });
  for (const file of readdirSync(import.meta.dirname).filter((entry) => entry.endsWith('.ts'))) {
    const source = readFileSync(join(import.meta.dirname, file), 'utf8');
    const { code } = swc.transformSync(source, {
      filename: file,
      swcrc: false,
      sourceMaps: 'inline',
      module: { type: 'es6' },
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    });
    writeFileSync(join(target, file.replace(/\.ts$/, '.js')), code);
  }
  return import(pathToFileURL(join(target, `${name}.js`)).href);
}
