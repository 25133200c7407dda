// The database for the whole application: migrated at the start, closed in the last phase of the shutdown, after the
// requests. Last statements belong into `onModuleDestroy` or `beforeApplicationShutdown`.
import {
  type DynamicModule,
  Global,
  Inject,
  Logger,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { ServerOptions } from '../config/options.js';
import { ChangeListener } from './change-listener.js';
import { CleanUp } from './clean-up.js';
import { dataSourceOptions, type Schema } from './data-source-options.js';
import { Database } from './database.js';
import type { EmbeddedPostgres } from './embedded-postgres.js';
import { migrate } from './migrate.js';

/** What the application brings. */
export interface DatabaseModuleOptions extends Schema {
  /** A database that is stopped with the application, after everything else. */
  embedded?: EmbeddedPostgres;
}

const EMBEDDED = Symbol('embedded database');
const logger = new Logger('Database');
const WAITING = 'Waiting for another instance that is migrating the database …';
/** Milliseconds of waiting before it is told. */
const TELL_AFTER = 2_000;

/** Provides `Database`, `ChangeListener`, `CleanUp` and TypeORM's `DataSource` everywhere. Needs `ServerOptions`. */
@Global()
@Module({})
export class DatabaseModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly dataSource: DataSource,
    private readonly changes: ChangeListener,
    @Inject(EMBEDDED) private readonly embedded: EmbeddedPostgres | null,
  ) {}

  static forRoot({ embedded, ...schema }: DatabaseModuleOptions): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [ServerOptions],
          useFactory: ({ databaseUrl, databasePoolSize }: ServerOptions) => ({
            ...dataSourceOptions({ url: databaseUrl, poolSize: databasePoolSize, onConnectionLost }, schema),
            toRetry: () => false,
          }),
          dataSourceFactory: async (options) => {
            const { url } = options as { url: string };
            await migrateWithLog(url, schema.migrations);
            return new DataSource(options!).initialize();
          },
        }),
      ],
      providers: [
        Database,
        { provide: EMBEDDED, useValue: embedded ?? null },
        {
          provide: CleanUp,
          inject: [ServerOptions],
          useFactory: ({ cleanUp }: ServerOptions) => new CleanUp({ enabled: cleanUp }),
        },
        {
          provide: ChangeListener,
          inject: [ServerOptions],
          useFactory: ({ databaseUrl }: ServerOptions) =>
            new ChangeListener({ url: databaseUrl, onState: logListening }),
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
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
    await this.embedded?.stop();
  }
}

async function migrateWithLog(url: string, migrations: Schema['migrations']): Promise<void> {
  let telling: NodeJS.Timeout | undefined;
  // An instance that has nothing to apply holds the lock for a moment only: that is not worth a word.
  const tellLater = (): void => void (telling = setTimeout(() => logger.log(WAITING), TELL_AFTER));
  const applied = await migrate({
    url,
    migrations,
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
