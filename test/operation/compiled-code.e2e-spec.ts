// The stand-alone server starts from compiled code only where it is that of the program (docs/adr/0016).
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onClose } from '../support/cleanup.js';
import { ROOT } from '../support/state.js';

const STANDALONE = join(ROOT, 'dist', 'standalone');
const IS_COMPILED = `process.stdout.write(String((await import('./load.js')).isCompiled))`;

/** A copy, as deep below a package.json and node_modules as the original. */
function copied(): string {
  mkdirSync(join(ROOT, '.tmp'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.tmp', 'standalone-'));
  onClose(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  cpSync(STANDALONE, join(folder, 'dist', 'standalone'), { recursive: true });
  return join(folder, 'dist', 'standalone');
}

function isCompiled(folder: string, env: NodeJS.ProcessEnv = {}): string {
  const args = ['--input-type=module', '--eval', IS_COMPILED];
  return execFileSync(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  }).toString();
}

function version(folder: string): unknown[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'cli.js'), '--version']);
  return [status, stdout.toString().trim(), stderr.toString()];
}

const { version: expected } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

it('what was built is taken as it is', () => {
  expect(isCompiled(STANDALONE)).toBe('true');
  expect(version(copied())).toEqual([0, expected, '']);
});

it('the program is all ASCII, as the loader takes it', () => {
  expect(readFileSync(join(STANDALONE, 'program.cjs')).some((byte) => byte > 0x7f)).toBe(false);
});

it.each<[string, (folder: string, cache: string) => void]>([
  ['is missing', (_folder, cache) => rmSync(cache)],
  ['is empty', (_folder, cache) => writeFileSync(cache, '')],
  ['is cut off', (_folder, cache) => writeFileSync(cache, readFileSync(cache).subarray(0, 100_000))],
  [
    'is damaged in the middle',
    (_folder, cache) => {
      const code = readFileSync(cache);
      code[Math.floor(code.length / 2)] ^= 0xff;
      writeFileSync(cache, code);
    },
  ],
  [
    'is that of a program of the same length',
    (folder) => {
      const file = join(folder, 'program.cjs');
      const text = readFileSync(file, 'latin1');
      const changed = text.replaceAll('Administers an authorization server', 'ADMINISTERS an authorization server');
      expect(changed).not.toBe(text);
      writeFileSync(file, changed, 'latin1');
    },
  ],
])('compiled code that %s is not used, and the program runs all the same', (how, damage) => {
  const folder = copied();
  damage(folder, join(folder, 'program.cjs.cache'));
  expect(isCompiled(folder)).toBe('false');
  expect(version(folder)).toEqual([0, expected, '']);
  const help = spawnSync(process.execPath, [join(folder, 'cli.js'), '--help']).stdout.toString();
  expect(help.includes('ADMINISTERS')).toBe(how.includes('same length'));
});

it('flags of V8 for which it was not compiled do no harm', () => {
  expect(isCompiled(STANDALONE, { NODE_OPTIONS: '--max-old-space-size=512' })).toBe('false');
});
