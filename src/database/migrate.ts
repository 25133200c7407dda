// Applies migrations: once, whatever number of instances starts at the same moment.
import pg from 'pg';
import { DataSource, type MixedList } from 'typeorm';
import { APPLICATION_NAME, MIGRATIONS_TABLE, SILENT } from './data-source-options.js';
import { describeUrl } from './describe-url.js';
import { sqlState } from './sql-state.js';
import { DatabaseStartError } from './start-error.js';
import { waitForDatabase, type WaitOptions } from './wait-for-database.js';

/** What to apply, and whom to tell. */
export interface MigrateOptions extends WaitOptions {
  migrations: Array<new () => object>;
  /** `waiting`: another instance is at it; `migrating`: there is something to apply. */
  onProgress?: (step: 'waiting' | 'migrating') => void;
}

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
  const lock = new pg.Client({ connectionString: options.url, keepAlive: true, application_name: APPLICATION_NAME });
  lock.on('error', () => undefined);
  await lock.connect();
  try {
    const { rows } = await lock.query<{ free: boolean }>('SELECT pg_try_advisory_lock($1) AS free', [LOCK]);
    if (!rows[0].free) {
      options.onProgress?.('waiting');
      await lock.query('SELECT pg_advisory_lock($1)', [LOCK]);
    }
    return await applyPending(options);
  } catch (error) {
    throw sqlState(error) === '42501' ? notAllowed(options.url, error) : error;
  } finally {
    // The lock ends with its connection.
    await lock.end();
  }
}

async function applyPending({ url, migrations, onProgress }: MigrateOptions): Promise<number> {
  // A DataSource of its own: no time-out of the application ends a long migration.
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    migrations: migrations as MixedList<new () => object>,
    migrationsTableName: MIGRATIONS_TABLE,
    logging: false,
    logger: SILENT,
    installExtensions: false,
    applicationName: APPLICATION_NAME,
    poolErrorHandler: () => undefined,
    extra: { max: 2, connectionTimeoutMillis: 5_000, statement_timeout: 0 },
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

function notAllowed(url: string, cause: unknown): Error {
  return new DatabaseStartError(
    `The user of DATABASE_URL may not create tables in ${describeUrl(url)}. As its owner: ` +
      'GRANT CREATE, USAGE ON SCHEMA public TO that user.',
    { cause },
  );
}
