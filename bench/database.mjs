// One PostgreSQL for a run, in a temporary directory, with a database for each server.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../dist/database/embedded-postgres.js';

/**
 * @typedef {object} Databases
 * @property {string} product URL
 * @property {string} floor URL
 * @property {string} directory for whatever the servers write
 * @property {string} version
 */

/**
 * Runs the work on a fresh PostgreSQL, and removes everything afterwards, also when it is interrupted.
 * @template T
 * @param {{ sync: boolean }} options
 * @param {(databases: Databases) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withDatabases({ sync }, work) {
  const directory = mkdtempSync(join(tmpdir(), 'nas-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres'), sync });
  const interrupted = new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => reject(new Error('Interrupted.')));
  });
  try {
    const version = await query(postgres.url, 'SHOW server_version', (rows) => rows[0].server_version);
    for (const name of ['product', 'floor']) await query(postgres.url, `CREATE DATABASE bench_${name}`);
    const url = (name) => postgres.url.replace(/^(postgres:\/\/[^/?]*\/)[^?]*/, `$1bench_${name}`);
    const databases = { product: url('product'), floor: url('floor'), directory, version };
    return await Promise.race([work(databases), interrupted]);
  } finally {
    await Promise.all([...closing].map((close) => close()));
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What ends before the database does. @type {Set<() => Promise<unknown>>} */
export const closing = new Set();

/**
 * @param {string} url
 * @param {string} text
 * @param {(rows: any[]) => any} [read]
 */
export async function query(url, text, read = () => undefined) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return read((await client.query(text)).rows);
  } finally {
    await client.end();
  }
}
