// From what a host application gives to what the services inject: checked, completed, the database running.
import { join, resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import type { BootstrapDocument } from '../bootstrap/bootstrap-document.js';
import { type AuthorizationServerOptionsInput, type Pages, ServerOptions } from '../config/options.js';
import { developmentSecretKeys } from '../config/secrets.js';
import type { DatabaseOrigin } from '../database/database.module.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../database/embedded-postgres.js';
import { checkOptions } from './check-options.js';
import type { AuthorizationServerModuleOptions } from './options.js';

export const PREPARED = Symbol('prepared options of the authorization server');

export interface Prepared {
  options: ServerOptions;
  origin: DatabaseOrigin;
  bootstrap: BootstrapDocument;
}

const NO_PAGES: Pages = { signIn: false, device: false, home: false, account: false, clients: false, apiDocs: false };

/** @throws ConfigurationError with every fault at once */
export async function prepare(given: AuthorizationServerModuleOptions): Promise<Prepared> {
  const bootstrap = checkOptions(given);
  const { database, dataSource, bootstrap: _, secretKeys, pages, ...others } = given;
  const embedded = database?.embedded && (await startEmbedded(database.embedded.dataDir));
  const input: AuthorizationServerOptionsInput = {
    ...withoutUndefined(others),
    secretKeys: secretKeys ?? developmentSecretKeys(database?.embedded?.dataDir ?? ''),
    databaseUrl: embedded?.url ?? database?.url,
    ...(database?.poolSize !== undefined && { databasePoolSize: database.poolSize }),
    pages: pagesOf(given),
  };
  return { options: ServerOptions.from(input), origin: { embedded, dataSource, schema: database?.schema }, bootstrap };
}

/** A host whose whole origin is the issuer has a home of its own. */
function pagesOf({ pages, issuer }: AuthorizationServerModuleOptions): Partial<Pages> {
  if (pages === false) return NO_PAGES;
  return { home: new URL(issuer).pathname !== '/', ...(pages === true ? {} : pages) };
}

function startEmbedded(dataDir: string): Promise<EmbeddedPostgres> {
  const logger = new Logger('Database');
  return startEmbeddedPostgres({
    dataDir: join(resolve(dataDir), 'postgres'),
    onProgress: (step) => logger.log(`Database: ${step} …`),
    onProblem: (error) => logger.error(`The embedded database: ${error.message}`),
  });
}

function withoutUndefined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
