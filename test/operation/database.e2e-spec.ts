// The way to PostgreSQL under the things that happen to it: schema changes, lost races, lost connections, several instances.
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { Cached } from '../../src/database/cached.js';
import { ChangeListener } from '../../src/database/change-listener.js';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { Database, statement } from '../../src/database/database.js';
import { migrate } from '../../src/database/migrate.js';
import { isDatabaseUnavailable } from '../../src/database/unavailable.js';
import { onClose } from '../support/cleanup.js';
import { admin, createDatabase } from '../support/database.js';

class CreateThings1000000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE things (id int PRIMARY KEY, name text NOT NULL)');
    // Long enough for the others to arrive.
    await runner.query('SELECT pg_sleep(0.2)');
  }

  async down(): Promise<void> {}
}

class FillThings1000000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`INSERT INTO things VALUES (1, 'one'), (2, 'two')`);
    await runner.query(`
      CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_notify('nas_changed', 'things:' || NEW.id); RETURN NULL; END $$;
      CREATE TRIGGER told AFTER UPDATE ON things FOR EACH ROW EXECUTE FUNCTION tell();
    `);
  }

  async down(): Promise<void> {}
}

const MIGRATIONS = [CreateThings1000000000000, FillThings1000000000001];

const FIND = statement('spec.find', 'SELECT * FROM things WHERE id = $1');
const RENAME = statement('spec.rename', 'UPDATE things SET name = $2 WHERE id = $1 RETURNING name');
const LOCK = statement('spec.lock', 'SELECT 1 FROM things WHERE id = $1 FOR UPDATE');
const FAIL = statement('spec.fail', 'SELECT 1 / (id - id) FROM things WHERE id = $1');
const PID = statement('spec.pid', 'SELECT pg_backend_pid() AS pid');
const SLEEP = statement('spec.sleep', 'SELECT pg_sleep($1)');

Logger.overrideLogger(false);

interface Thing {
  id: number;
  name: string;
}

/** A migrated database of the test's own. */
async function setUp(poolSize = 4): Promise<{ url: string; database: Database; lost: Error[] }> {
  const url = await createDatabase({ empty: true });
  await migrate({ connection: url, migrations: MIGRATIONS });
  const lost: Error[] = [];
  const options = dataSourceOptions(
    { url, poolSize, onConnectionLost: (error) => lost.push(error) },
    { entities: [], migrations: [] },
  );
  const dataSource = await new DataSource(options).initialize();
  onClose(() => dataSource.destroy());
  return { url, database: new Database(dataSource), lost };
}

const endConnections = (url: string): Promise<void> =>
  admin(
    url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    if (waited > 10_000) throw new Error('It did not come true.');
    await sleep(10);
  }
}

describe('migrations', () => {
  it('are applied once, when four instances start at the same moment', async () => {
    const url = await createDatabase({ empty: true });
    const waited: string[] = [];
    const applied = await Promise.all(
      Array.from({ length: 4 }, () =>
        migrate({
          connection: url,
          migrations: MIGRATIONS,
          onProgress: (step) => step === 'waiting' && waited.push(step),
        }),
      ),
    );
    expect(applied.sort()).toEqual([0, 0, 0, 2]);
    expect(waited).toHaveLength(3);
    expect(await migrate({ connection: url, migrations: MIGRATIONS })).toBe(0);
  });

  it('are applied as a whole or not at all', async () => {
    const url = await createDatabase({ empty: true });
    class Broken1000000000002 implements MigrationInterface {
      async up(runner: QueryRunner): Promise<void> {
        await runner.query('SELECT nonsense');
      }
      async down(): Promise<void> {}
    }
    await expect(migrate({ connection: url, migrations: [...MIGRATIONS, Broken1000000000002] })).rejects.toThrow(
      'nonsense',
    );
    expect(await migrate({ connection: url, migrations: MIGRATIONS })).toBe(2);
  });

  it('say what is wrong with a database that cannot be used, without its password', async () => {
    const url = await createDatabase({ empty: true });
    await expect(migrate({ connection: `${url}_no`, migrations: [] })).rejects.toThrow(
      /no such database: create it first/,
    );
    const away = 'postgres://user:hidden@127.0.0.1:1/app';
    const told: string[] = [];
    const start = migrate({
      connection: away,
      migrations: [],
      patience: 1200,
      onWaiting: (message) => told.push(message),
    });
    await expect(start).rejects.toThrow(/^The database at 127\.0\.0\.1:1\/app does not answer \(ECONNREFUSED\)/);
    expect(told).toEqual(['Waiting for the database at 127.0.0.1:1/app (ECONNREFUSED) …']);
  });
});

describe('statements', () => {
  it('work on after a migration has changed what they answer', async () => {
    const { url, database } = await setUp(2);
    await Promise.all([1, 2].map((id) => database.query(FIND, [id])));
    await admin(url, 'ALTER TABLE things ADD COLUMN colour text');
    const rows = await Promise.all([1, 2, 1, 2].map((id) => database.query<Thing>(FIND, [id])));
    expect(rows.map(([row]) => row.name)).toEqual(['one', 'two', 'one', 'two']);

    await admin(url, 'ALTER TABLE things DROP COLUMN colour');
    expect(await database.transaction((tx) => tx.query(FIND, [1]))).toEqual([{ id: 1, name: 'one' }]);
  });

  it('that fail leave their connection in use', async () => {
    const { database } = await setUp(1);
    const [before] = await database.query(PID, []);
    await expect(database.query(FAIL, [1])).rejects.toMatchObject({ code: '22012' });
    expect(await database.query(PID, [])).toEqual([before]);
  });

  it('fail as unavailable when their connection ends, and the next ones work', async () => {
    const { url, database, lost } = await setUp();
    const running = database.query(SLEEP, [30]).catch((error: unknown) => error);
    await database.query(PID, []);
    await sleep(50);
    await endConnections(url);
    expect(isDatabaseUnavailable(await running)).toBe(true);
    await until(() => lost.length > 0);
    expect(await database.query(FIND, [1])).toHaveLength(1);
  });
});

describe('a transaction', () => {
  it('commits prepared statements and those of TypeORM together, and only then does what was left for later', async () => {
    const { url, database } = await setUp();
    const after: unknown[] = [];
    await database.transaction(async (tx) => {
      await tx.query(RENAME, [1, 'uno']);
      await tx.manager.query(`UPDATE things SET name = 'due' WHERE id = 2`);
      tx.afterCommit(() => after.push('committed'));
      tx.afterCommit(() => {
        throw new Error('a listener failed');
      });
      expect(after).toEqual([]);
    });
    expect(after).toEqual(['committed']);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    onClose(() => client.end());
    expect((await client.query('SELECT name FROM things ORDER BY id')).rows).toEqual([
      { name: 'uno' },
      { name: 'due' },
    ]);
  });

  it('leaves nothing behind when its work fails', async () => {
    const { database } = await setUp(1);
    const after: string[] = [];
    const work = database.transaction(async (tx) => {
      await tx.query(RENAME, [1, 'uno']);
      tx.afterCommit(() => after.push('committed'));
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    expect(after).toEqual([]);
    expect(await database.query<Thing>(FIND, [1])).toEqual([{ id: 1, name: 'one' }]);
  });

  it('fails when its work overlooks that a statement failed, instead of losing the rest silently', async () => {
    const { database } = await setUp();
    const work = database.transaction(async (tx) => {
      await tx.query(RENAME, [1, 'uno']);
      await tx.query(FAIL, [1]).catch(() => undefined);
    });
    await expect(work).rejects.toThrow('all of it was rolled back');
  });

  it('is done again when it lost a deadlock, and runs statements given at once one after another', async () => {
    const { database } = await setUp();
    let runs = 0;
    const cross = (first: number, second: number) =>
      database.transaction(async (tx) => {
        runs++;
        await Promise.all([tx.query(LOCK, [first]), tx.query(SLEEP, [0.1])]);
        await tx.query(RENAME, [second, `by ${first}`]);
      });
    await Promise.all([cross(1, 2), cross(2, 1)]);
    // Once more for each time that the other one was chosen again.
    expect(runs).toBeGreaterThanOrEqual(3);
  });

  it('fails as unavailable when its connection ends', async () => {
    const { url, database } = await setUp();
    const work = database.transaction(async (tx) => {
      await tx.query(RENAME, [1, 'uno']);
      await endConnections(url);
      await sleep(50);
      await tx.query(FIND, [1]);
    });
    expect(isDatabaseUnavailable(await work.catch((error: unknown) => error))).toBe(true);
    expect(await database.query(FIND, [1])).toEqual([{ id: 1, name: 'one' }]);
  });
});

describe('changes', () => {
  it('reach the caches of every instance, and nothing is cached while they do not', async () => {
    const { url, database } = await setUp();
    const states: boolean[] = [];
    const changes = new ChangeListener({ connection: url, onState: (listening) => states.push(listening) });
    onClose(() => changes.close());
    const cached = new Cached<number, Thing>(changes, { tables: ['things'] });
    let loads = 0;
    const find = async (id: number): Promise<Thing | undefined> => {
      loads++;
      return (await database.query<Thing>(FIND, [id]))[0];
    };
    await cached.get(1, find);
    await cached.get(1, find);
    expect(loads).toBe(2);

    await changes.start();
    expect(changes.listening).toBe(true);
    await cached.get(1, find);
    expect((await cached.get(1, find))?.name).toBe('one');
    expect(loads).toBe(3);

    const heard = new Promise<string>((done) => changes.onChange('things', done));
    await database.query(RENAME, [1, 'uno']);
    expect(await heard).toBe('1');
    expect((await cached.get(1, find))?.name).toBe('uno');
    expect(loads).toBe(4);

    await endConnections(url);
    await until(() => states.length === 3);
    expect(states).toEqual([true, false, true]);
    await cached.get(1, find);
    expect(loads).toBe(5);

    await changes.close();
    expect(changes.listening).toBe(false);
    expect(states).toHaveLength(3);
  });

  it('are waited for when the database is away at the start', async () => {
    const changes = new ChangeListener({ connection: 'postgres://127.0.0.1:1/app' });
    await changes.start();
    expect(changes.listening).toBe(false);
    await changes.close();
  });
});
