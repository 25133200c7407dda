// How PostgreSQL is reached, for connections beside the pool: locks, migrations, the listener.
import type { ClientConfig } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { describeUrl } from './describe-url.js';

/** A `postgres://` URL, or what pg is told of the same. */
export type Connection = string | ClientConfig;

/** Of what a pool is told, what says where the database is; not its time-outs. */
const WHERE = ['connectionString', 'host', 'port', 'user', 'password', 'database', 'ssl', 'options', 'stream'] as const;

/** What pg needs for a connection of its own. */
export function clientConfig(connection: Connection): ClientConfig {
  return typeof connection === 'string' ? { connectionString: connection } : connection;
}

/** Where a data source has its pool. */
export function connectionOf({ options }: DataSource): ClientConfig {
  const given = options as PostgresDataSourceOptions;
  const { url, username, host, port, password, database, ssl } = given.replication?.master ?? given;
  const all: Record<string, unknown> = {
    ...{ connectionString: url, host, port, user: username, password, database, ssl },
    ...(given.extra as object | undefined),
  };
  return Object.fromEntries(WHERE.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])));
}

/** Where it leads, without user and password. */
export function describeConnection(connection: Connection): string {
  if (typeof connection === 'string') return describeUrl(connection);
  const { connectionString, host, port, database } = connection;
  return connectionString ? describeUrl(connectionString) : `${host ?? 'localhost'}:${port ?? 5432}/${database ?? ''}`;
}
