// One running PostgreSQL process, held by a pipe: when this process ends in whatever way, the pipe closes and a small
// supervisor stops the server in an orderly manner. Detached, so that Ctrl-C does not stop it before the application.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Duplex, Readable } from 'node:stream';
import { join } from 'node:path';
import { program } from './binaries.js';
import type { Entrance } from './cluster.js';
import { PROGRAM_ENV, type RunAs } from './run-as.js';

/** A PostgreSQL process started by this one. */
export interface Launched {
  /** Its process id, as soon as the supervisor has told it. */
  readonly pid: number | undefined;
  /** The last lines that it wrote, once it has ended. */
  readonly ended: string | undefined;
  /** Settles when it has ended. */
  readonly exit: Promise<void>;
  /** Asks for a fast shutdown (open transactions are rolled back, data is written) and waits for the end. */
  stop(): Promise<void>;
}

/** What to start. */
export interface Launch {
  readonly runAs: RunAs;
  readonly dataDir: string;
  /** How PostgreSQL gets there; its descriptor, if it needs one, is ENTRANCE_SLOT. */
  readonly entrance: Entrance;
  readonly args: readonly string[];
  /** Removed after the end that was asked for; '' on Windows. */
  readonly socketDir: string;
  /** A process id in postmaster.pid that is known to belong to something else by now. */
  readonly notAPostmaster?: number;
}

/** Descriptors 0 to 3 are taken. */
export const ENTRANCE_SLOT = 4;

const KEPT_LINES = 20;
const SHUTDOWN_TIMEOUT = 30_000;

// Runs `postgres "$@"` and tells its process id on descriptor 3. When that pipe closes, asks for a fast shutdown until the
// server is gone (one that has only just begun does not hear the first time), and takes the socket's directory away.
const SUPERVISOR = `
socket_dir=$1; pg=$2; shift 2
"$pg" "$@" </dev/null 3<&- & p=$!
echo $p >&3
trap "" INT TERM HUP
trap "asked=1" USR1
(read -r _ <&3; kill -USR1 $$; while kill -INT $p 2>/dev/null; do sleep 0.2 || sleep 1; done) & w=$!
exec 3<&-
while kill -0 $p 2>/dev/null; do wait $p; done
kill -KILL $w 2>/dev/null
[ -z "$asked" ] || rmdir "$socket_dir" 2>/dev/null
`;

// The same for Windows, where pg_ctl is the one that can start (an administrator's server, too) and stop.
const WINDOWS_SUPERVISOR = `
const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { Socket } = require('node:net');
const [ctl, dataDir, log, options] = process.argv.slice(1);
const run = (...args) => spawnSync(ctl, [...args, '-D', dataDir], { stdio: 'ignore', windowsHide: true }).status;
if (run('start', '-W', '-l', log, '-o', options) !== 0) process.exit(1);
const pid = () => { try { return parseInt(readFileSync(dataDir + '/postmaster.pid', 'utf8'), 10); } catch {} };
const lives = (id) => { try { process.kill(id, 0); return true; } catch (error) { return error.code === 'EPERM'; } };
const link = new Socket({ fd: 3 });
let mine;
setInterval(() => {
  if (!mine) { mine = pid(); if (mine) link.write(mine + '\\n'); }
  else if (!lives(mine)) process.exit(0);
}, 50);
let tries = 0;
const stop = () => run('stop', '-m', 'fast', '-w') === 0 || ++tries > 100 ? process.exit(0) : setTimeout(stop, 100);
link.on('error', () => {}).on('close', stop).resume();
`;

/** Starts PostgreSQL; whether it comes up is for the caller to find out. */
export function launch(options: Launch): Launched {
  const child = process.platform === 'win32' ? spawnOnWindows(options) : spawnOnUnix(options);
  const link = child.stdio[3] as Duplex;
  const stderr = child.stderr as Readable;
  const lines: string[] = [];
  let pid: number | undefined;
  let ended: string | undefined;

  link.on('error', () => undefined);
  link.on('data', (chunk: Buffer) => (pid ??= Number.parseInt(chunk.toString(), 10)));
  createInterface({ input: stderr }).on('line', (line) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
  });
  const exit = new Promise<void>((done) => {
    const finish = (reason?: string): void => {
      ended = reason ?? lines.join('\n');
      // Without its supervisor a server must not live on.
      link.destroy();
      done();
    };
    child.once('error', (error) => finish(error.message));
    child.once('exit', () => setImmediate(finish));
  });
  // A program that forgets to stop the database may end all the same: the pipe does the rest.
  child.unref();
  for (const stream of [link, stderr]) (stream as Duplex & { unref?: () => void }).unref?.();

  return {
    get pid() {
      return pid;
    },
    get ended() {
      return ended;
    },
    exit,
    stop: async () => {
      if (ended !== undefined) return exit;
      child.ref();
      link.end();
      const timer = setTimeout(() => pid && process.kill(pid, 'SIGQUIT'), SHUTDOWN_TIMEOUT);
      await exit;
      clearTimeout(timer);
    },
  };
}

function spawnOnUnix({ runAs, entrance, args, socketDir, notAPostmaster }: Launch) {
  const [file, ...rest] = [...runAs.prefix, '/bin/sh', '-c', SUPERVISOR, 'nas-postgres', socketDir];
  return spawn(file, [...rest, join(runAs.binDir, 'postgres'), '-D', entrance.path, ...args], {
    ...runAs.user,
    cwd: entrance.cwd,
    detached: true,
    // PostgreSQL takes a lock file with the process id of its grandparent for a stale one.
    env: { ...PROGRAM_ENV, ...(notAPostmaster ? { PG_GRANDPARENT_PID: String(notAPostmaster) } : {}) },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', ...entrance.descriptors],
  });
}

function spawnOnWindows({ runAs, dataDir, args }: Launch) {
  const options = args.map((arg) => (arg.startsWith('-') ? arg : `"${arg}"`));
  const supervisor = [
    '-e',
    WINDOWS_SUPERVISOR,
    join(runAs.binDir, program('pg_ctl')),
    dataDir,
    `${dataDir}.log`,
    options.join(' '),
  ];
  return spawn(process.execPath, supervisor, {
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
}
