// Builds dist/ when it is missing or older than what it is made of. Used by start, cli, bench and the tests.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const ROOT = resolve(import.meta.dirname, '..');
const INPUTS = ['src', 'standalone', 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json'];
const STAMP = join(ROOT, 'dist', '.built');

/** The newest modification time under a path; spec files are no part of the build. */
function newest(path) {
  let stat;
  try {
    stat = statSync(path);
  } catch {
    return 0;
  }
  if (!stat.isDirectory()) return path.endsWith('.spec.ts') ? 0 : stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** Why a build is needed, or undefined. */
export function staleReason() {
  let built;
  try {
    built = statSync(STAMP).mtimeMs;
  } catch {
    return 'dist is missing';
  }
  // An image or a package brings dist without the source.
  const changed = INPUTS.find((input) => newest(join(ROOT, input)) > built);
  return changed && `dist is older than ${changed}`;
}

/** `nest build` and the bundle, under a lock: two instances started at the same moment build once. */
export async function ensureBuilt({ log = (line) => console.error(line) } = {}) {
  if (!staleReason()) return false;
  const release = await lock();
  try {
    const reason = staleReason();
    if (!reason) return false;
    log(`Building (${reason}) …`);
    const started = Date.now();
    await build();
    log(`Built in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
    return true;
  } finally {
    release();
  }
}

export async function build() {
  const began = new Date();
  const nest = join(dirname(createRequire(import.meta.url).resolve('@nestjs/cli/package.json')), 'bin', 'nest.js');
  // What the compiler says goes to stderr: the CLI's stdout is for its answers.
  const child = spawn(process.execPath, [nest, 'build'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  const stop = (signal) => {
    child.kill(signal);
    process.exit(0);
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
  const code = await new Promise((done, fail) => child.once('exit', done).once('error', fail));
  process.off('SIGTERM', stop).off('SIGINT', stop);
  if (code !== 0) {
    // The compiler writes dist in spite of type errors; without the stamp nobody takes it for good.
    rmSync(STAMP, { force: true });
    throw new Error(`nest build failed (exit status ${code})`);
  }
  const { bundle } = await import('./bundle.mjs');
  await bundle(ROOT);
  writeFileSync(STAMP, `${began.toISOString()}\n`);
  // A file saved while the compiler ran is newer than this build.
  utimesSync(STAMP, began, began);
}

async function lock() {
  const path = join(ROOT, '.tmp', 'build.lock');
  mkdirSync(dirname(path), { recursive: true });
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      const release = () => rmSync(path, { force: true });
      process.once('exit', release);
      return () => {
        process.off('exit', release);
        release();
      };
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!holderLives(path)) rmSync(path, { force: true });
    else await sleep(100);
  }
}

function holderLives(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (!pid) return Date.now() - statSync(path).mtimeMs < 1000;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

if (process.argv[1] === import.meta.filename) {
  await build().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
