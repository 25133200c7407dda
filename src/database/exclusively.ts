// Work that one instance does at a time, whatever number of them starts at the same moment.
// @see https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
import pg from 'pg';
import { clientConfig, type Connection } from './connection.js';
import { APPLICATION_NAME } from './data-source-options.js';

/**
 * Runs `work` while no other instance runs work under the same number; waits for its turn.
 *
 * @param lock any number that nobody else uses for an advisory lock in this database
 */
export async function exclusively<T>(connection: Connection, lock: number, work: () => Promise<T>): Promise<T> {
  // A connection of its own: no time-out of the application ends a long wait, and the lock ends with it.
  const client = new pg.Client({ ...clientConfig(connection), keepAlive: true, application_name: APPLICATION_NAME });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [lock]);
    return await work();
  } finally {
    await client.end();
  }
}
