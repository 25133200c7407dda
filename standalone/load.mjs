// Loads the program (scripts/bundle.mjs makes it) with what V8 has compiled of it before: half of a start is compiling. Copied to
// dist/standalone/load.js.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { constants, Script } from 'node:vm';

const FILE = join(import.meta.dirname, 'program.cjs');
export const CODE_CACHE = `${FILE}.cache`;

// It is all ASCII, which takes half of the memory that other text would.
const script = new Script(readFileSync(FILE, 'latin1'), {
  filename: FILE,
  cachedData: codeCache(),
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
const module = { exports: {} };
const url = pathToFileURL(FILE).href;
script.runInThisContext()(module.exports, createRequire(url), module, FILE, import.meta.dirname, url);

/** Its parts, each loaded when it is asked for. */
export const program = module.exports;

/** What has been compiled so far, functions that have run included. */
export function compiledCode() {
  return script.createCachedData();
}

/** Made by another version of Node it is of no use, and V8 does not take it. */
function codeCache() {
  try {
    return readFileSync(CODE_CACHE);
  } catch {
    return undefined;
  }
}
