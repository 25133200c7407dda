// How TypeORM and its connection pool are set up: for the application and for the TypeORM command line.
import type { DataSourceOptions, Logger, MixedList } from 'typeorm';

/** What belongs to the database, put together by the application. */
export interface Schema {
  entities: Array<new () => object>;
  migrations: Array<new () => object>;
}

/** Where the database is, and how many connections it may have from here. */
export interface DatabaseOptions {
  /** `postgres://…` */
  url: string;
  /** @default 10 */
  poolSize?: number;
  /** Told of idle connections that were lost; they are replaced when needed. */
  onConnectionLost?: (error: Error) => void;
}

/** The name that PostgreSQL shows in pg_stat_activity. */
export const APPLICATION_NAME = 'nest-authorization-server';

/** Of migrations that have been applied; not TypeORM's `migrations`, which a host application may have in the same database. */
export const MIGRATIONS_TABLE = 'nas_migrations';

/** Failing statements would be printed together with their values; whoever runs one gets the error anyway. */
export const SILENT: Logger = {
  logQuery: () => undefined,
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
};

const STATEMENT_TIMEOUT = 30_000;

/** The options of the one DataSource. The schema changes by migrations only. */
export function dataSourceOptions(
  { url, poolSize = 10, onConnectionLost }: DatabaseOptions,
  schema: Schema,
): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    entities: schema.entities as MixedList<new () => object>,
    migrations: schema.migrations as MixedList<new () => object>,
    migrationsTableName: MIGRATIONS_TABLE,
    synchronize: false,
    logging: false,
    logger: SILENT,
    installExtensions: false,
    uuidExtension: 'pgcrypto',
    applicationName: APPLICATION_NAME,
    poolErrorHandler: (error: Error) => onConnectionLost?.(error),
    extra: {
      max: poolSize,
      connectionTimeoutMillis: 5_000,
      // A connection costs a process at the server and everything that is prepared on it.
      idleTimeoutMillis: 300_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      statement_timeout: STATEMENT_TIMEOUT,
      idle_in_transaction_session_timeout: STATEMENT_TIMEOUT,
      // For a server that does not answer at all, not even that a statement takes too long.
      query_timeout: STATEMENT_TIMEOUT + 5_000,
    },
  };
}
