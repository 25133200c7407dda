// Databases of the tests: each server has its own, copied from a migrated template with keys.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { runState } from './state.js';
import { onClose } from './cleanup.js';

/** Connections of `query`, kept for the spec. */
const pools = new Map<string, pg.Pool>();

/** The URL of another database of the same cluster. */
export function databaseUrl(clusterUrl: string, name: string): string {
  // Not `URL`: the host of a socket directory is percent-encoded.
  return clusterUrl.replace(/^(postgres(?:ql)?:\/\/[^/?]*\/)[^?]*/, `$1${name}`);
}

/** Creates a database, migrated and with the keys of a server unless `empty`, and answers its URL. */
export async function createDatabase(options: { empty?: boolean } = {}): Promise<string> {
  const { clusterUrl, template } = runState();
  const name = `t_${randomBytes(8).toString('hex')}`;
  await admin(clusterUrl, `CREATE DATABASE ${name}${options.empty ? '' : ` TEMPLATE ${template} STRATEGY file_copy`}`);
  return databaseUrl(clusterUrl, name);
}

/** One statement on the maintenance database. */
export async function admin(clusterUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: clusterUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A connection to a server's database; closed after the spec. */
export async function db(server: { database: string }): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.database });
  // A server or cluster that is killed on purpose must not take the test with it.
  client.on('error', () => undefined);
  await client.connect();
  onClose(() => client.end());
  return client;
}

/** Rows of one statement on a server's database. */
export async function query<Row extends pg.QueryResultRow = Record<string, unknown>>(
  server: { database: string },
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  return (await poolOf(server.database).query<Row>(sql, values)).rows;
}

function poolOf(database: string): pg.Pool {
  let pool = pools.get(database);
  if (!pool) {
    pool = new pg.Pool({ connectionString: database, max: 5, idleTimeoutMillis: 0 });
    pool.on('error', () => undefined);
    pools.set(database, pool);
    onClose(() => {
      pools.delete(database);
      return pool?.end();
    });
  }
  return pool;
}
