// Applies migrations, for those who do not want a server's start to do it.
import type { Command } from 'commander';
import { readEnvironment } from '../config/env.js';
import { command } from './command.js';
import { print, printJson } from './output.js';

export function dbMigrate(): Command {
  return command({
    usage: 'migrate',
    description: 'Bring the database up to date. The server does it at its start; this is for doing it before.',
    examples: {
      'The database of the environment:': '$0 db migrate',
      'Another one:': 'DATABASE_URL=postgres://… $0 db migrate',
    },
  }).action(async ({ json }: { json?: true }) => {
    const settings = readEnvironment();
    const [{ startDatabase }, { MIGRATIONS }, { migrate }] = await Promise.all([
      import('./database.js'),
      import('../schema.js'),
      import('../database/migrate.js'),
    ]);
    const embedded = await startDatabase(settings);
    try {
      const applied = await migrate({
        connection: settings.databaseUrl ?? (embedded?.url as string),
        migrations: MIGRATIONS,
        onWaiting: (message) => console.error(message),
      });
      if (json) printJson({ applied });
      else if (applied === 0) print('The database is up to date.');
      else print(`Applied ${applied} migration${applied > 1 ? 's' : ''}.`);
    } finally {
      await embedded?.stop();
    }
  });
}
