// The servers under test and the load generator: processes of their own, told and asked by messages.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../scripts/build.mjs';
import { closing } from './database.mjs';

const PRODUCTION = { NODE_ENV: 'production', ISSUER: 'https://bench.example' };
const PROBE = pathToFileURL(join(import.meta.dirname, 'probe.mjs')).href;

/**
 * @typedef {object} Server
 * @property {number} port
 * @property {number} started milliseconds from the start of the process to its first answer
 * @property {() => Promise<number>} cpu microseconds of processor time that the process has used
 * @property {() => Promise<number>} rss bytes of memory that it holds
 * @property {() => Promise<void>} stop
 */

/** @param {{ database: string, pool: number, documents?: Record<string, string> }} options @returns {Promise<Server>} */
export function startFloor({ database, pool, documents = {} }) {
  const settings = { DATABASE_URL: database, POOL_SIZE: String(pool), ...documents };
  return start(join(import.meta.dirname, 'floor.mjs'), settings);
}

/**
 * @param {{ database: string, pool: number, directory: string }} options
 * @param {Record<string, string>} [settings]
 * @returns {Promise<Server>}
 */
export function startProduct({ database, pool, directory }, settings = PRODUCTION) {
  return start(join(ROOT, 'dist', 'standalone', 'main.js'), {
    SECRET_KEYS: 'bench-secret-'.padEnd(43, '0'),
    DATABASE_URL: database,
    DATABASE_POOL_SIZE: String(pool),
    DATA_DIR: directory,
    LOG_LEVEL: 'warn',
    ...settings,
  });
}

/** @param {string} program @param {Record<string, string>} settings @returns {Promise<Server>} */
export async function start(program, settings) {
  const port = await freePort();
  const env = { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: String(port), ...settings };
  const began = performance.now();
  const child = spawnChild(['--import', PROBE, program], env);
  await untilListening(port, child);
  const started = performance.now() - began;
  return {
    port,
    started,
    cpu: () => child.ask({ kind: 'cpu' }),
    rss: () => child.ask({ kind: 'rss' }),
    stop: child.stop,
  };
}

/** The process that makes the requests. */
export function startLoad() {
  return spawnChild([join(import.meta.dirname, 'load.mjs')], { PATH: process.env.PATH });
}

/** @param {string[]} args @param {NodeJS.ProcessEnv} env */
export function spawnChild(args, env) {
  const profile = process.env.BENCH_NODE_OPTIONS?.split(' ') ?? [];
  const child = spawn(process.execPath, [...profile, ...args], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let ended = false;
  const exited = new Promise((done) =>
    child.once('exit', () => {
      ended = true;
      closing.delete(stop);
      done(undefined);
    }),
  );
  const stop = async () => {
    if (!ended) child.kill('SIGTERM');
    const killed = setTimeout(() => child.kill('SIGKILL'), 12_000);
    await exited;
    clearTimeout(killed);
  };
  closing.add(stop);
  /** @param {object} message */
  const ask = (message) =>
    new Promise((done, fail) => {
      const gone = () => fail(new Error(`${args.at(-1)} has ended.`));
      if (ended) return gone();
      child.once('exit', gone);
      child.once('message', (answer) => {
        child.off('exit', gone);
        done(answer);
      });
      child.send(message);
    });
  return { pid: child.pid, ask, stop, exited, hasEnded: () => ended };
}

/** @param {number} port @param {{ hasEnded: () => boolean }} child */
export async function untilListening(port, child) {
  for (let attempt = 0; attempt < 6000; attempt++) {
    if (child.hasEnded()) throw new Error('A server ended at its start.');
    const response = await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await sleep(5);
  }
  throw new Error('A server does not answer.');
}

/** @returns {Promise<number>} */
export function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer().once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
      probe.close(() => done(port));
    });
  });
}
