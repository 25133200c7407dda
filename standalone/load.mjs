// Loads the program (scripts/bundle.mjs makes it) with what V8 has compiled of it before: half of a start is compiling. Copied to
// dist/standalone/load.js.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { constants, Script } from 'node:vm';

const FILE = join(import.meta.dirname, 'program.cjs');
const CODE_CACHE = `${FILE}.cache`;
const DIGEST_BYTES = 32;

const script = scriptOf(readFileSync(FILE));
const module = { exports: {} };
const url = pathToFileURL(FILE).href;
script.runInThisContext()(module.exports, createRequire(url), module, FILE, import.meta.dirname, url);

/** Its parts, each loaded when it is asked for. */
export const program = module.exports;

/** Was it compiled before, by a V8 of the same version and with the same flags? */
export const isCompiled = script.cachedDataRejected === false;

/** Keeps for later starts what has been compiled so far, functions that have run included. */
export function keepCompiled() {
  const code = script.createCachedData();
  writeFileSync(CODE_CACHE, Buffer.concat([digest(readFileSync(FILE), code), code]));
}

function scriptOf(source) {
  // It is all ASCII, which takes half of the memory that other text would.
  return new Script(source.toString('latin1'), {
    filename: FILE,
    cachedData: compiledBefore(source),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
}

/** V8 itself looks at the version and at the length of the text only: other code would run, or end the process. */
function compiledBefore(source) {
  try {
    const kept = readFileSync(CODE_CACHE);
    const code = kept.subarray(DIGEST_BYTES);
    return digest(source, code).equals(kept.subarray(0, DIGEST_BYTES)) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Of the code, and of what it was made from and for. */
function digest(source, code) {
  const { version, platform, arch } = process;
  return createHash('sha256').update(`${version} ${platform} ${arch}\n`).update(source).update(code).digest();
}
