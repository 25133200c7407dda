// An example, started with its documented command in a process of its own.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { childEnvironment } from './cli.js';
import { onClose } from './cleanup.js';
import { eventually } from './eventually.js';
import { freePort } from './server.js';
import { ROOT, runState } from './state.js';

export interface RunningExample {
  /** Where it listens: what PORT said. */
  url: string;
  /** All that it has printed. */
  said(): string;
  /** Ends it with SIGTERM. @returns the exit status */
  stop(): Promise<number | null>;
}

/**
 * Starts `npm run example -- <name> …` on a free port with data of its own; it has to say `ready` within two minutes.
 * @example const example = await startExample('custom-grant', { ready: /get a link/ });
 */
export async function startExample(
  name: string,
  { args = [], env = {}, ready }: { args?: readonly string[]; env?: Record<string, string>; ready: RegExp },
): Promise<RunningExample> {
  const PORT = String(await freePort());
  const DATA_DIR = mkdtempSync(join(runState().directory, `example-${name}-`));
  const child = spawn(process.execPath, ['scripts/example.mjs', name, ...args], {
    cwd: ROOT,
    env: childEnvironment({ PORT, DATA_DIR, ...env }),
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const exited = new Promise<number | null>((done) => child.once('close', done));
  onClose(() => child.exitCode ?? child.kill('SIGKILL'));
  await eventually(() => ready.test(said) || child.exitCode !== null, 120_000);
  if (child.exitCode !== null) throw new Error(`The example ${name} ended: ${said}`);
  return {
    url: `http://localhost:${PORT}`,
    said: () => said,
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}
