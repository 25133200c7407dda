// The embedded database as processes see it: the compiled launcher in node processes of their own, on real PostgreSQL.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { onClose } from '../support/cleanup.js';
import { ROOT } from '../support/state.js';

const LAUNCHER = pathToFileURL(join(ROOT, 'dist', 'database', 'embedded-postgres.js')).href;
const NOBODY = { uid: 65534, gid: 65534 };
const isRoot = process.getuid?.() === 0;

// Starts or joins, writes one line of JSON, stops when its input ends.
const PROGRAM = `
  const { startEmbeddedPostgres } = await import(${JSON.stringify(LAUNCHER)});
  const say = (message) => console.log(JSON.stringify(message));
  try {
    const { url, started, stop } = await startEmbeddedPostgres({
      dataDir: process.argv[1],
      sync: false,
      // A commit survives the end of the server; only a power failure is not provided for.
      settings: { synchronous_commit: 'on' },
      binDir: process.env.TEST_PG_BIN,
      onProgress: (step) => say({ step }),
      onProblem: ({ message }) => say({ problem: message }),
    }).then((it) => ({ url: it.url, started: it.started, stop: () => it.stop() }));
    process.stdin.resume().once('end', () => void stop());
    process.once('SIGINT', () => say({ step: 'interrupted' }));
    say({ url, started });
  } catch (error) {
    say({ error: error.message });
  }
`;

interface Said {
  step?: string;
  url?: string;
  started?: boolean;
  error?: string;
  problem?: string;
}

/** A node process that uses the embedded database. */
class Program {
  readonly said: Said[] = [];
  readonly exited: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(dataDir: string, user: object = {}) {
    this.child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, dataDir], {
      ...user,
      cwd: '/',
      stdio: ['pipe', 'pipe', 'inherit'],
      // A process group of its own, as a terminal gives one: what Ctrl-C reaches.
      detached: true,
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.said.push(JSON.parse(line) as Said));
    this.exited = new Promise((done) => this.child.once('exit', (code) => done(code)));
    onClose(() => this.kill());
  }

  /** Waits for what it says. */
  async says(matches: (said: Said) => boolean): Promise<Said> {
    for (let waited = 0; waited < 20_000; waited += 10) {
      const said = this.said.find(matches);
      if (said) return said;
      await sleep(10);
    }
    throw new Error(`It only said ${JSON.stringify(this.said)}.`);
  }

  async ready(): Promise<{ url: string; started: boolean }> {
    const said = await this.says(({ url, error }) => url !== undefined || error !== undefined);
    if (said.error) throw new Error(said.error);
    return said as { url: string; started: boolean };
  }

  /** Orderly: stops the database, too, where it is the one that runs it. */
  async stop(): Promise<number | null> {
    this.child.stdin!.end();
    return this.exited;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  interrupt(): void {
    process.kill(-this.child.pid!, 'SIGINT');
  }
}

function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'nas-embedded-'));
  chmodSync(directory, 0o755);
  onClose(async () => {
    await gone(join(directory, 'pg'));
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

async function sql<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

async function eventually<T>(work: () => Promise<T> | T): Promise<T> {
  for (let waited = 0; ; waited += 20) {
    try {
      return await work();
    } catch (error) {
      if (waited > 10_000) throw error;
      await sleep(20);
    }
  }
}

function postmasterPid(dataDir: string): number {
  return Number.parseInt(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8'), 10);
}

/** Resolves when no server runs on the directory any more. */
async function gone(dataDir: string): Promise<void> {
  await eventually(() => {
    if (existsSync(join(dataDir, 'postmaster.pid'))) throw new Error(`A server still runs on ${dataDir}.`);
  });
}

/** A database with one table, stopped. Made once and copied: initdb is the slow part. */
let original: string | undefined;
async function stoppedDatabase(): Promise<string> {
  if (!original) {
    original = join(freshDirectory(), 'pg');
    const program = new Program(original);
    const { url } = await program.ready();
    await sql(url, 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)');
    await program.stop();
  }
  const dataDir = join(freshDirectory(), 'pg');
  spawnSync('cp', ['-a', original, dataDir]);
  return dataDir;
}

describe('the embedded database', () => {
  it('is made at the first start, keeps its data, and listens on a private socket only', async () => {
    const dataDir = join(freshDirectory(), 'made', 'on', 'the', 'way', 'pg');
    const first = new Program(dataDir);
    const { url, started } = await first.ready();
    expect(started).toBe(true);
    expect(first.said.map(({ step }) => step)).toEqual(['initialising', 'starting', 'ready', undefined]);
    expect(await sql(url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }]);
    expect(await sql(url, `SELECT lower('ÄÖ') AS lower, 'a' < 'B' AS order`)).toEqual([{ lower: 'äö', order: false }]);
    const socketDir = decodeURIComponent(new URL(url).hostname);
    expect(statSync(socketDir).mode & 0o777).toBe(0o700);
    await sql(url, 'CREATE TABLE kept AS SELECT 1 AS n');
    expect(await first.stop()).toBe(0);
    await gone(dataDir);
    expect(existsSync(socketDir)).toBe(false);

    const second = new Program(dataDir);
    const again = await second.ready();
    expect(again.url).toBe(url);
    expect(second.said[0]).toEqual({ step: 'starting' });
    expect(await sql(url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
    await second.stop();
  });

  it('is started by one of several processes that begin at the same moment, and joined by the others', async () => {
    const dataDir = join(freshDirectory(), 'pg');
    const programs = [1, 2, 3].map(() => new Program(dataDir));
    const all = await Promise.all(programs.map((program) => program.ready()));
    expect(all.filter(({ started }) => started)).toHaveLength(1);
    expect(new Set(all.map(({ url }) => url)).size).toBe(1);
    await Promise.all(programs.map((program) => program.stop()));
    await gone(dataDir);
  });

  it('stays when a process that joined ends', async () => {
    const dataDir = await stoppedDatabase();
    const server = new Program(dataDir);
    const { url } = await server.ready();
    const command = new Program(dataDir);
    expect((await command.ready()).started).toBe(false);
    expect(await command.stop()).toBe(0);
    expect(await sql(url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  it('is taken over by a process that joined when its own ends, at the same address', async () => {
    const dataDir = await stoppedDatabase();
    const command = new Program(dataDir);
    await command.ready();
    const server = new Program(dataDir);
    const { url } = await server.ready();
    await command.stop();
    expect(await eventually(() => sql(url, 'SELECT n FROM kept'))).toEqual([{ n: 1 }]);
    await server.stop();
    await gone(dataDir);
  });

  it('does not outlive its process, however that ends, and loses nothing', async () => {
    const dataDir = await stoppedDatabase();
    const first = new Program(dataDir);
    const { url } = await first.ready();
    await sql(url, 'INSERT INTO kept VALUES (2)');
    await first.kill();
    await gone(dataDir);
    const second = new Program(dataDir);
    await second.ready();
    expect(await sql(url, 'SELECT n FROM kept ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('does not outlive a process that is killed while it starts', async () => {
    const dataDir = await stoppedDatabase();
    for (let attempt = 0; attempt < 3; attempt++) {
      const program = new Program(dataDir);
      await program.says(({ step }) => step === 'starting');
      await program.kill();
      await sleep(100);
      await gone(dataDir);
    }
  });

  it('comes back at the same address when it is killed', async () => {
    const dataDir = await stoppedDatabase();
    const { url } = await new Program(dataDir).ready();
    const pid = postmasterPid(dataDir);
    await sql(url, 'INSERT INTO kept VALUES (2)');
    process.kill(pid, 'SIGKILL');
    expect(await eventually(() => sql(url, 'SELECT n FROM kept ORDER BY n'))).toEqual([{ n: 1 }, { n: 2 }]);
    expect(postmasterPid(dataDir)).not.toBe(pid);
  });

  it('is not made anew when somebody deletes it under a running process', async () => {
    const dataDir = await stoppedDatabase();
    const program = new Program(dataDir);
    const { url } = await program.ready();
    onClose(() => rmSync(decodeURIComponent(new URL(url).hostname), { recursive: true, force: true }));
    const pid = postmasterPid(dataDir);
    rmSync(dataDir, { recursive: true });
    process.kill(pid, 'SIGKILL');
    const { problem } = await program.says((said) => said.problem !== undefined);
    expect(problem).toMatch(/is gone/);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('recovers when it was killed together with its process', async () => {
    const dataDir = await stoppedDatabase();
    const first = new Program(dataDir);
    const { url } = await first.ready();
    await sql(url, 'INSERT INTO kept VALUES (2)');
    process.kill(postmasterPid(dataDir), 'SIGKILL');
    await first.kill();
    await new Program(dataDir).ready();
    expect(await sql(url, 'SELECT n FROM kept ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('starts although the process id of a crashed server belongs to something else by now', async () => {
    const dataDir = await stoppedDatabase();
    const other = spawn('sleep', ['60'], isRoot ? NOBODY : {});
    onClose(() => other.kill());
    const file = join(dataDir, 'postmaster.pid');
    writeFileSync(file, `${other.pid}\n${dataDir}\n1\n5432\n/tmp/none\n\n  1 2\nready   \n`, { mode: 0o600 });
    if (isRoot) chownSync(file, NOBODY.uid, NOBODY.gid);
    expect((await new Program(dataDir).ready()).started).toBe(true);
  });

  it('is not stopped by Ctrl-C, which is for the application to handle', async () => {
    const dataDir = await stoppedDatabase();
    const program = new Program(dataDir);
    const { url } = await program.ready();
    program.interrupt();
    await program.says(({ step }) => step === 'interrupted');
    await sleep(100);
    expect(await sql(url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
    expect(await program.stop()).toBe(0);
  });

  it('says what to do about a data directory of another version, and about one that is none', async () => {
    const old = join(freshDirectory(), 'pg');
    mkdirSync(old);
    writeFileSync(join(old, 'PG_VERSION'), '14\n');
    await expect(new Program(old).ready()).rejects.toThrow(/made by PostgreSQL 14.*Install PostgreSQL 14/);

    const other = join(freshDirectory(), 'pg');
    mkdirSync(other);
    writeFileSync(join(other, 'thesis.txt'), '');
    await expect(new Program(other).ready()).rejects.toThrow(/neither empty nor a PostgreSQL data directory/);
  });

  (isRoot ? it : it.skip)('belongs to whoever made it, also when root starts it later', async () => {
    const directory = freshDirectory();
    chownSync(directory, NOBODY.uid, NOBODY.gid);
    const dataDir = join(directory, 'pg');
    const theirs = new Program(dataDir, NOBODY);
    const { url } = await theirs.ready();
    await sql(url, 'CREATE TABLE theirs (n int)');
    expect((await new Program(dataDir).ready()).started).toBe(false);
    await theirs.stop();
    await eventually(() => sql(url, 'SELECT * FROM theirs'));
  });

  (isRoot ? it : it.skip)('is refused to another user', async () => {
    const dataDir = await stoppedDatabase();
    await expect(new Program(dataDir, { uid: 4711, gid: 4711 }).ready()).rejects.toThrow(/belongs to another user/);
  });

  (isRoot ? it : it.skip)('works below a directory that only root may pass', async () => {
    const closed = freshDirectory();
    chmodSync(closed, 0o700);
    const dataDir = join(closed, 'pg');
    const program = new Program(dataDir);
    const { url } = await program.ready();
    expect(await sql(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await new Program(dataDir).ready()).started).toBe(false);
  });
});
