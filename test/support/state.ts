// What the specs know about the jest run they belong to: written by the global setup, read by every worker.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The root of the repository. */
export const ROOT = resolve(import.meta.dirname, '..', '..');

/** Secret keys of every server that the tests start, so that several instances share one database. */
export const SECRET_KEYS = 'test-secret-key-test-secret-key-test-secret-key';

/** The variable through which workers find the state. */
const VARIABLE = 'NAS_TEST_RUN';

export interface RunState {
  /** Holds logs, data directories and bootstrap files; removed after the run. */
  directory: string;
  /** URL of the cluster's maintenance database, with the right to create databases. */
  clusterUrl: string;
  /** Name of the migrated database that others are copied from. */
  template: string;
  /** `server_version` of the cluster. */
  postgresVersion: string;
  shared: { url: string; issuer: string; database: string; pid: number; logFile: string } | { error: string };
}

/** Tells this process, and the workers that it starts, where the state is. */
export function announce(file: string): void {
  process.env[VARIABLE] = file;
}

let state: RunState | undefined;

/** The state of this run. */
export function runState(): RunState {
  const file = process.env[VARIABLE];
  if (!file) throw new Error('This spec needs the e2e project: run it with `npm run test:e2e -- <path>`.');
  return (state ??= JSON.parse(readFileSync(file, 'utf8')) as RunState);
}
