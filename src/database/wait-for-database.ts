// The first connection: waits for a database that is still starting, and says clearly what is wrong with one that refuses.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { clientConfig, type Connection, describeConnection } from './connection.js';
import { OLDEST_MAJOR } from './embedded/binaries.js';
import { sqlState } from './sql-state.js';
import { DatabaseStartError } from './start-error.js';
import { isDatabaseUnavailable } from './unavailable.js';

/** How long to wait, and whom to tell. */
export interface WaitOptions {
  connection: Connection;
  /** Milliseconds. @default 30000 */
  patience?: number;
  /** Told now and then that the database does not answer yet. */
  onWaiting?: (message: string) => void;
}

const PATIENCE = 30_000;
const TELL_EVERY = 5_000;

const REFUSALS: Record<string, string> = {
  '28P01': 'it refuses the user or the password',
  '28000': 'it refuses this user or this way to connect (pg_hba.conf)',
  '3D000': 'there is no such database: create it first',
};

/**
 * Answers once the database takes connections and is new enough.
 *
 * @throws DatabaseStartError when it refuses, is too old, or does not answer in time
 */
export async function waitForDatabase({ connection, patience = PATIENCE, onWaiting }: WaitOptions): Promise<void> {
  const address = describeConnection(connection);
  const began = Date.now();
  let told = began - TELL_EVERY;
  let version: string;
  for (let pause = 100; ; pause = Math.min(pause * 2, 1000)) {
    try {
      version = await serverVersion(connection);
      break;
    } catch (error) {
      const reason = reasonOf(error);
      if (!isDatabaseUnavailable(error)) {
        throw new DatabaseStartError(`The database at ${address} cannot be used: ${reason}.`, { cause: error });
      }
      if (Date.now() - began > patience) {
        throw new DatabaseStartError(
          `The database at ${address} does not answer (${reason}). Is it running, and is its URL (DATABASE_URL) right?`,
          { cause: error },
        );
      }
      if (Date.now() - told >= TELL_EVERY && pause > 400) {
        told = Date.now();
        onWaiting?.(`Waiting for the database at ${address} (${reason}) …`);
      }
    }
    await sleep(pause);
  }
  if (Number.parseInt(version, 10) < OLDEST_MAJOR) {
    throw new DatabaseStartError(
      `The database at ${address} is PostgreSQL ${version}; version ${OLDEST_MAJOR} or newer is needed. ` +
        'Upgrade it, or set DATABASE_URL to another one.',
    );
  }
}

async function serverVersion(connection: Connection): Promise<string> {
  const client = new pg.Client({ ...clientConfig(connection), connectionTimeoutMillis: 5000, query_timeout: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0].server_version;
  } finally {
    void client.end().catch(() => undefined);
  }
}

function reasonOf(error: unknown): string {
  const { code, message, errors } = error as { code?: string; message?: string; errors?: unknown[] };
  const state = sqlState(error);
  if (state) return REFUSALS[state] ?? message ?? state;
  return code ?? (message || (errors?.length ? reasonOf(errors[0]) : 'no reason given'));
}
