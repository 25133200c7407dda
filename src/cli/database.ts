// The database of a command: the one of DATABASE_URL, or the embedded one, which a running server has started already.
import { join, resolve } from 'node:path';
import type { Settings } from '../config/env.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../database/embedded-postgres.js';

/** @returns undefined when DATABASE_URL names one */
export async function startDatabase(settings: Settings): Promise<EmbeddedPostgres | undefined> {
  if (settings.databaseUrl !== undefined) return undefined;
  return startEmbeddedPostgres({
    dataDir: join(resolve(settings.dataDir), 'postgres'),
    onProgress: (step) => {
      if (step === 'initialising') console.error('Making the database …');
    },
    onProblem: (error) => console.error(`The embedded database: ${error.message}`),
  });
}
