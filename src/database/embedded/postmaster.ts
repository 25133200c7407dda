// A server that already runs on a data directory: found through its postmaster.pid, asked whether it answers.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { clusterPassword, notOurs, SUPERUSER } from './cluster.js';

/** What postmaster.pid says of a server. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Empty where the server listens on TCP only. */
  readonly socketDir: string;
  readonly status: string;
}

/** Reads postmaster.pid; undefined when there is none or it is being written. */
export function readPostmaster(dataDir: string): Postmaster | undefined {
  try {
    return parsePostmaster(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES') throw notOurs(dataDir);
    if (code === 'ENOENT') return undefined;
    throw error;
  }
}

/** @see https://www.postgresql.org/docs/current/storage-file-layout.html (postmaster.pid) */
export function parsePostmaster(text: string): Postmaster | undefined {
  const [pid, , , port, socketDir = '', , , status = ''] = text.split('\n').map((line) => line.trim());
  return Number(pid) > 0 ? { pid: Number(pid), port: Number(port), socketDir, status } : undefined;
}

/** Whether the process is that server: after a crash the number may belong to anything. */
export function isAlive(postmaster: Postmaster, dataDir: string): boolean {
  try {
    process.kill(postmaster.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  if (process.platform === 'linux') return linuxSaysAlive(postmaster.pid, dataDir);
  return commandOf(postmaster.pid).includes('postgres');
}

function commandOf(pid: number): string {
  const [file, ...args] =
    process.platform === 'win32'
      ? ['tasklist', '/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH']
      : ['ps', '-p', String(pid), '-o', 'comm='];
  try {
    return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true });
  } catch (error) {
    // Without the tool nobody knows; ps fails when there is no such process.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'postgres' : '';
  }
}

function linuxSaysAlive(pid: number, dataDir: string): boolean {
  try {
    if (!readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres')) return false;
    // A postmaster's working directory is its data directory.
    const [theirs, ours] = [statSync(`/proc/${pid}/cwd`), statSync(dataDir)];
    return theirs.ino === ours.ino && theirs.dev === ours.dev;
  } catch (error) {
    // Root in a container may not look at another user's process: then its name has to do.
    return ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

/** The address of a server as `pg` and TypeORM take it. */
export function urlOf(postmaster: Pick<Postmaster, 'port' | 'socketDir'>, dataDir: string): string {
  if (postmaster.socketDir) {
    return `postgres://${SUPERUSER}@${encodeURIComponent(postmaster.socketDir)}:${postmaster.port}/postgres`;
  }
  return `postgres://${SUPERUSER}:${clusterPassword(dataDir)}@127.0.0.1:${postmaster.port}/postgres`;
}

/** A connection that may keep the process running or not; its types do not tell. */
export type Connection = pg.Client & { ref(): void; unref(): void };

/** Connects, or says why not: a server that is starting or stopping refuses. */
export async function connectTo(url: string): Promise<Connection | Error> {
  const config = { connectionString: url, connectionTimeoutMillis: 2000, application_name: 'embedded' };
  const client = new pg.Client(config) as Connection;
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    return error as Error;
  }
}
