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
import { DataSource } from 'typeorm';
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
const DATA_SOURCE = Symbol('data source of the authorization server');
const logger = new Logger('Database');
const WAITING = 'Waiting for another instance that is migrating the database …';
/** Milliseconds of waiting before it is told. */
const TELL_AFTER = 2_000;

/**
 * Provides `Database`, `ChangeListener` and `CleanUp` everywhere. Needs `ServerOptions`. Its data source has no name that
 * a host application's code could get by mistake.
 */
@Global()
@Module({})
export class DatabaseModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly changes: ChangeListener,
    @Inject(ORIGIN) private readonly origin: DatabaseOrigin,
  ) {}

  static forRoot({ imports, origin, ...schema }: DatabaseModuleOptions): DynamicModule {
    return {
      module: DatabaseModule,
      imports: imports ?? [],
      providers: [
        { provide: ORIGIN, ...(origin ?? { useFactory: () => ({}) }) },
        {
          provide: DATA_SOURCE,
          inject: [ServerOptions, ORIGIN],
          useFactory: (options: ServerOptions, from: DatabaseOrigin) => openDataSource(options, from, schema),
        },
        { provide: Database, inject: [DATA_SOURCE], useFactory: (dataSource: DataSource) => new Database(dataSource) },
        {
          provide: CleanUp,
          inject: [ServerOptions],
          useFactory: ({ cleanUp }: ServerOptions) => new CleanUp({ enabled: cleanUp }),
        },
        {
          provide: ChangeListener,
          inject: [DATA_SOURCE],
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
    if (isOurs && this.dataSource.isInitialized) await this.dataSource.destroy();
    await this.origin.embedded?.stop();
  }
}

/** Migrated and open. */
async function openDataSource(
  { databaseUrl = '', databasePoolSize: poolSize }: ServerOptions,
  { dataSource, schema }: DatabaseOrigin,
  brought: Schema,
): Promise<DataSource> {
  if (dataSource) {
    checkForeignDataSource(dataSource, brought.entities);
    await migrateWithLog(connectionOf(dataSource), brought.migrations);
    return dataSource;
  }
  const url = schema === undefined ? databaseUrl : withSettings(databaseUrl, [`search_path=${schema}`]);
  await migrateWithLog(url, brought.migrations, schema);
  return new DataSource(dataSourceOptions({ url, poolSize, onConnectionLost }, brought)).initialize();
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
