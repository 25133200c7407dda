// For TypeORM's command line only: `npm run build && npx typeorm migration:generate -d dist/database/data-source.js <file>`.
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from './data-source-options.js';

// eslint-disable-next-line no-restricted-properties -- the command line starts here, not in config/
const url = process.env.DATABASE_URL;
if (!url) throw new Error('Set DATABASE_URL to the database that the entities are compared with.');

// By file name: this is the one place below the modules that needs every entity.
const compiled = join(import.meta.dirname, '..');

export default new DataSource({
  ...dataSourceOptions({ url, poolSize: 2 }, { entities: [], migrations: [] }),
  logger: 'advanced-console',
  entities: [join(compiled, '**', '*.entity.js')],
  migrations: [join(compiled, 'database', 'migrations', '*.js')],
});
