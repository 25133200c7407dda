// The command line interface as a child process.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT, SECRET_KEYS } from './state.js';

export interface CliResult {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  /** Connection string of the database. */
  database?: string;
  env?: Record<string, string | undefined>;
  /** Text for its standard input. */
  input?: string;
  cwd?: string;
}

/** The variables that every child process gets: none of jest's. */
export function childEnvironment(extra: Record<string, string | undefined>): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'USER', 'TMPDIR', 'TEMP', 'SystemRoot', 'LANG', 'TZ', 'NODE_EXTRA_CA_CERTS'];
  const env: NodeJS.ProcessEnv = {};
  for (const name of kept) if (process.env[name] !== undefined) env[name] = process.env[name];
  for (const [name, value] of Object.entries(extra)) if (value !== undefined) env[name] = value;
  return env;
}

/** Runs `nest-authorization-server …` to its end. */
export async function runCli(args: string[], options: CliOptions = {}): Promise<CliResult> {
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'standalone', 'cli.js'), ...args], {
    cwd: options.cwd ?? ROOT,
    env: childEnvironment({ DATABASE_URL: options.database, SECRET_KEYS, ...options.env }),
    stdio: 'pipe',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const status = await new Promise<number | null>((done, fail) => child.once('close', done).once('error', fail));
  return { status, stdout, stderr };
}
