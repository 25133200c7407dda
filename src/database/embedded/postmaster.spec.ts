// Reading postmaster.pid.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, parsePostmaster, readPostmaster, urlOf } from './postmaster.js';

const FILE = `4711
/data
1795230754
5432
/tmp/nas-pg-1

 10035213         4
ready   
`;

describe('postmaster.pid', () => {
  it('tells process, port, socket directory and status', () => {
    expect(parsePostmaster(FILE)).toEqual({ pid: 4711, port: 5432, socketDir: '/tmp/nas-pg-1', status: 'ready' });
  });

  it('is nothing yet while it is being written', () => {
    expect(parsePostmaster('')).toBeUndefined();
    expect(parsePostmaster('4711\n/data\n')?.status).toBe('');
  });

  it('is nothing when there is no file', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'nas-spec-'));
    expect(readPostmaster(dataDir)).toBeUndefined();
    rmSync(dataDir, { recursive: true });
  });

  it('gives the address by the socket', () => {
    expect(urlOf({ port: 5432, socketDir: '/tmp/nas-pg-1' }, '/data')).toBe(
      'postgres://postgres@%2Ftmp%2Fnas-pg-1:5432/postgres',
    );
  });

  it('does not take another process with that number for a server', () => {
    expect(isAlive({ pid: process.pid, port: 5432, socketDir: '', status: 'ready' }, tmpdir())).toBe(false);
    expect(isAlive({ pid: 2 ** 30, port: 5432, socketDir: '', status: 'ready' }, tmpdir())).toBe(false);
  });
});
