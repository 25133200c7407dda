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

/**
 * One plan for each prepared statement, by its indexes: statements that are given arrays would be planned anew at each
 * use, and a plan from when a table was small reads all of it until PostgreSQL looks at the table again.
 */
const PLANNING = [
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
];

/** The options of the one DataSource. The schema changes by migrations only. */
export function dataSourceOptions(
  { url, poolSize = 10, onConnectionLost }: DatabaseOptions,
  schema: Schema,
): DataSourceOptions {
  return {
    type: 'postgres',
    url: withSettings(url, PLANNING),
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

/** The URL with settings of the session; those that it brings itself stay, and come last. */
export function withSettings(url: string, settings: readonly string[]): string {
  const [, rest, query = ''] = /^([^?]*)(?:\?(.*))?$/s.exec(url) as unknown as [string, string, string?];
  const parameters = new URLSearchParams(query);
  const given = parameters.get('options');
  parameters.set('options', [...settings.map((one) => `-c ${one}`), given ?? ''].join(' ').trim());
  return `${rest}?${parameters.toString().replaceAll('+', '%20')}`;
}
