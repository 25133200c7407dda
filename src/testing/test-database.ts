// The database of a test server: a schema of its own in a PostgreSQL that is given, or in one that the servers of this process
// share and the last of them stops.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../database/embedded-postgres.js';

export interface TestDatabase {
  url: string;
  schema: string;
  /** Removes all that the server has stored. */
  drop: () => Promise<void>;
}

/** @throws DatabaseStartError when there is no PostgreSQL for this machine */
export async function openTestDatabase(given?: string): Promise<TestDatabase> {
  const url = given ?? (await acquireCluster());
  const schema = `test_${randomBytes(8).toString('hex')}`;
  return {
    url,
    schema,
    drop: async () => {
      if (given === undefined) await releaseCluster();
      else await dropSchema(given, schema);
    },
  };
}

interface Cluster {
  postgres: EmbeddedPostgres;
  parent: string;
}

let users = 0;
let cluster: Promise<Cluster> | undefined;
/** One that is going away is waited for: its directory is not used again. */
let stopping: Promise<void> = Promise.resolve();

async function acquireCluster(): Promise<string> {
  users++;
  try {
    cluster ??= stopping.then(startCluster);
    return (await cluster).postgres.url;
  } catch (error) {
    users--;
    cluster = undefined;
    throw error;
  }
}

/** What was stored goes with the last server: nobody waits for a schema to be dropped. */
async function releaseCluster(): Promise<void> {
  if (--users > 0 || !cluster) return;
  const ended = cluster;
  cluster = undefined;
  stopping = ended.then(stopCluster);
  await stopping;
}

async function startCluster(): Promise<Cluster> {
  const parent = mkdtempSync(join(tmpdir(), 'nas-testing-'));
  try {
    const dataDir = join(parent, 'postgres');
    return { postgres: await startEmbeddedPostgres({ dataDir, sync: false }), parent };
  } catch (error) {
    rmSync(parent, { recursive: true, force: true });
    throw error;
  }
}

async function stopCluster({ postgres, parent }: Cluster): Promise<void> {
  await postgres.stop();
  rmSync(parent, { recursive: true, force: true, maxRetries: 3 });
}

async function dropSchema(url: string, schema: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`DROP SCHEMA IF EXISTS ${pg.escapeIdentifier(schema)} CASCADE`);
  } finally {
    await client.end();
  }
}
