// The migrations and the entities say the same: a new migration holds what was changed, and nothing else.
// @see src/database/data-source.ts
import { spawnSync } from 'node:child_process';
import { childEnvironment } from '../support/cli.js';
import { createDatabase, query } from '../support/database.js';
import { ROOT } from '../support/state.js';

/** TypeORM's command line, as `migration:generate` compares. */
function differences(database: string): string {
  const args = ['node_modules/typeorm/cli.js', 'schema:log', '-d', 'dist/database/data-source.js'];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    env: childEnvironment({ DATABASE_URL: database }),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stdout + stderr);
  return stdout;
}

it('a migrated database is what the entities describe', async () => {
  expect(differences(await createDatabase())).toMatch(/^Your schema is up to date/);
});

it('a column, an index or a default that only one of them has is a difference', async () => {
  const database = await createDatabase();
  await query({ database }, 'ALTER TABLE scopes ALTER COLUMN created_at DROP DEFAULT; DROP INDEX grants_expires_at');
  const found = differences(database);
  expect(found).toContain('ALTER TABLE "scopes" ALTER COLUMN "created_at" SET DEFAULT now()');
  expect(found).toContain('CREATE INDEX "grants_expires_at"');
});
