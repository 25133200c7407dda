// Applies migrations: once, whatever number of instances starts at the same moment.
import pg from 'pg';
import { DataSource, type MixedList } from 'typeorm';
import { clientConfig, type Connection, describeConnection } from './connection.js';
import { APPLICATION_NAME, MIGRATIONS_TABLE, SILENT } from './data-source-options.js';
import { sqlState } from './sql-state.js';
import { DatabaseStartError } from './start-error.js';
import { waitForDatabase, type WaitOptions } from './wait-for-database.js';

/** What to apply, and whom to tell. */
export interface MigrateOptions extends WaitOptions {
  migrations: Array<new () => object>;
  /** The PostgreSQL schema that the connection looks into, made when it is missing. @default none: whatever it looks into */
  schema?: string;
  /** `waiting`: another instance is at it; `migrating`: there is something to apply. */
  onProgress?: (step: 'waiting' | 'migrating') => void;
}

/** SQLSTATE of a table, a function or another object that is there already. */
const EXISTS = ['42P07', '42723', '42710'];

// Any number that nobody else uses for an advisory lock in this database.
const LOCK = 7_236_921_104;

/**
 * Applies the migrations that the database does not have yet, all or none of them.
 *
 * @returns how many were applied
 * @throws DatabaseStartError when the database does not answer, is too old or refuses
 */
export async function migrate(options: MigrateOptions): Promise<number> {
  await waitForDatabase(options);
  const lock = new pg.Client({
    ...clientConfig(options.connection),
    keepAlive: true,
    application_name: APPLICATION_NAME,
  });
  lock.on('error', () => undefined);
  await lock.connect();
  try {
    const { rows } = await lock.query<{ free: boolean }>('SELECT pg_try_advisory_lock($1) AS free', [LOCK]);
    if (!rows[0].free) {
      options.onProgress?.('waiting');
      await lock.query('SELECT pg_advisory_lock($1)', [LOCK]);
    }
    if (options.schema !== undefined) await makeSchema(lock, options.schema);
    return await applyPending(options);
  } catch (error) {
    const state = sqlState(error) ?? '';
    if (state === '42501') throw notAllowed(options.connection, error);
    throw EXISTS.includes(state) ? isTaken(error) : error;
  } finally {
    // The lock ends with its connection.
    await lock.end();
  }
}

/** PostgreSQL asks for the right to make one also where it is there already. */
async function makeSchema(client: pg.Client, schema: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (rowCount === 0) await client.query(`CREATE SCHEMA ${pg.escapeIdentifier(schema)}`);
}

async function applyPending({ connection, migrations, onProgress }: MigrateOptions): Promise<number> {
  // A DataSource of its own: no time-out of the application ends a long migration.
  const dataSource = new DataSource({
    type: 'postgres',
    migrations: migrations as MixedList<new () => object>,
    migrationsTableName: MIGRATIONS_TABLE,
    logging: false,
    logger: SILENT,
    installExtensions: false,
    applicationName: APPLICATION_NAME,
    poolErrorHandler: () => undefined,
    extra: { ...clientConfig(connection), max: 2, connectionTimeoutMillis: 5_000, statement_timeout: 0 },
  });
  await dataSource.initialize();
  try {
    if (!(await dataSource.showMigrations())) return 0;
    onProgress?.('migrating');
    return (await dataSource.runMigrations({ transaction: 'all' })).length;
  } finally {
    await dataSource.destroy();
  }
}

function isTaken(cause: unknown): Error {
  const { message } = cause as Error;
  return new DatabaseStartError(
    `The database has something else by a name that the authorization server needs (${message}). ` +
      'Give it a database of its own, or in a host application a schema: the option database.schema.',
    { cause },
  );
}

function notAllowed(connection: Connection, cause: unknown): Error {
  return new DatabaseStartError(
    `The user of DATABASE_URL may not create tables in ${describeConnection(connection)}. As its owner: ` +
      'GRANT CREATE, USAGE ON SCHEMA public TO that user.',
    { cause },
  );
}
