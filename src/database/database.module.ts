// The database for the whole application: migrated at the start, closed in the last phase of the shutdown, after the
// requests. Last statements belong into `onModuleDestroy` or `beforeApplicationShutdown`.
import {
  type DynamicModule,
  type FactoryProvider,
  Global,
  Inject,
  Logger,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { ServerOptions } from '../config/options.js';
import { ChangeListener } from './change-listener.js';
import { CleanUp } from './clean-up.js';
import { type Connection, connectionOf } from './connection.js';
import { dataSourceOptions, type Schema, withSettings } from './data-source-options.js';
import { Database } from './database.js';
import type { EmbeddedPostgres } from './embedded-postgres.js';
import { checkForeignDataSource } from './foreign-data-source.js';
import { migrate } from './migrate.js';

/** Which database it is, beside the option `databaseUrl`. */
export interface DatabaseOrigin {
  /** A database that is stopped with the application, after everything else. */
  embedded?: EmbeddedPostgres;
  /** A data source of the host application, which opens and closes it. */
  dataSource?: DataSource;
  /** A PostgreSQL schema for our tables alone. */
  schema?: string;
}

/** What the application brings. */
export interface DatabaseModuleOptions extends Schema {
  imports?: DynamicModule['imports'];
  /** Who knows which database it is. */
  origin?: Pick<FactoryProvider<DatabaseOrigin>, 'inject' | 'useFactory'>;
}

const ORIGIN = Symbol('origin of the database');
const logger = new Logger('Database');
const WAITING = 'Waiting for another instance that is migrating the database …';
/** Milliseconds of waiting before it is told. */
const TELL_AFTER = 2_000;

/** Each server of a process has a data source of its own name, for a host application has one without a name. */
let servers = 0;

/**
 * Provides `Database`, `ChangeListener` and `CleanUp` everywhere. Needs `ServerOptions`. Its data source has no name that
 * a host application's code could get by mistake.
 */
@Global()
@Module({})
export class DatabaseModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeListener,
    @Inject(ORIGIN) private readonly origin: DatabaseOrigin,
  ) {}

  static forRoot({ imports, origin, ...schema }: DatabaseModuleOptions): DynamicModule {
    const name = `authorization-server-${++servers}`;
    const dataSource = getDataSourceToken(name);
    const from: DynamicModule = {
      module: OriginModule,
      imports: imports ?? [],
      providers: [{ provide: ORIGIN, ...(origin ?? { useFactory: () => ({}) }) }],
      exports: [ORIGIN],
    };
    let ofHost: DataSource | undefined;
    return {
      module: DatabaseModule,
      imports: [
        from,
        TypeOrmModule.forRootAsync({
          name,
          imports: [from],
          inject: [ServerOptions, ORIGIN],
          useFactory: async (options: ServerOptions, given: DatabaseOrigin) => {
            ofHost = given.dataSource && leftOpen(given.dataSource);
            return { ...(await migrated(options, given, schema)), toRetry: () => false };
          },
          dataSourceFactory: async (options) => ofHost ?? new DataSource(options!).initialize(),
        }),
      ],
      providers: [
        { provide: Database, inject: [dataSource], useFactory: (dataSource: DataSource) => new Database(dataSource) },
        {
          provide: CleanUp,
          inject: [ServerOptions],
          useFactory: ({ cleanUp }: ServerOptions) => new CleanUp({ enabled: cleanUp }),
        },
        {
          provide: ChangeListener,
          inject: [dataSource],
          useFactory: (dataSource: DataSource) =>
            new ChangeListener({ connection: connectionOf(dataSource), onState: logListening }),
        },
      ],
      exports: [Database, ChangeListener, CleanUp],
    };
  }

  async onModuleInit(): Promise<void> {
    await this.changes.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.changes.close();
    const isOurs = this.origin.dataSource === undefined;
    const { dataSource } = this.database;
    if (isOurs && dataSource.isInitialized) await dataSource.destroy();
    await this.origin.embedded?.stop();
  }
}

/** Knows which database it is: for the data source, and for its end. */
@Module({})
class OriginModule {}

/** The options of a database that has its tables. */
async function migrated(
  { databaseUrl = '', databasePoolSize: poolSize }: ServerOptions,
  { dataSource, schema }: DatabaseOrigin,
  brought: Schema,
): Promise<DataSourceOptions> {
  if (dataSource) {
    checkForeignDataSource(dataSource, brought.entities);
    await migrateWithLog(connectionOf(dataSource), brought.migrations);
    return dataSource.options;
  }
  const url = schema === undefined ? databaseUrl : withSettings(databaseUrl, [`search_path=${schema}`]);
  await migrateWithLog(url, brought.migrations, schema);
  return dataSourceOptions({ url, poolSize, onConnectionLost }, brought);
}

/** The host's data source, but for its end, which is the host's to say. */
function leftOpen(dataSource: DataSource): DataSource {
  return Object.create(dataSource, { destroy: { value: () => Promise.resolve() } }) as DataSource;
}

async function migrateWithLog(
  connection: Connection,
  migrations: Schema['migrations'],
  schema?: string,
): Promise<void> {
  let telling: NodeJS.Timeout | undefined;
  // An instance that has nothing to apply holds the lock for a moment only: that is not worth a word.
  const tellLater = (): void => void (telling = setTimeout(() => logger.log(WAITING), TELL_AFTER));
  const applied = await migrate({
    connection,
    migrations,
    schema,
    onWaiting: (message) => logger.log(message),
    onProgress: (step) => {
      if (step === 'waiting') tellLater();
    },
  }).finally(() => clearTimeout(telling));
  if (applied) logger.log(`Applied ${applied} migration${applied > 1 ? 's' : ''}.`);
}

function onConnectionLost(error: Error): void {
  logger.warn(`Lost an idle connection to the database: ${error.message}`);
}

function logListening(listening: boolean, reason = 'connection closed'): void {
  if (!listening) logger.warn(`Changes are not heard of (${reason}); nothing is cached until they are again.`);
  else logger.debug('Listening for changes.');
}
