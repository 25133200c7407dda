// The two commands of the README, as a newcomer types the second one: `npm start` with nothing but a port and a place for data.
// @see interface §1
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { ENVIRONMENT_VARIABLES } from '../../src/config/env.js';
import { childEnvironment } from '../support/cli.js';
import { onClose } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { signIn } from '../support/flow.js';
import { freePort } from '../support/server.js';
import { ROOT, runState } from '../support/state.js';

interface Started {
  url: string;
  npm: ChildProcess;
  said: () => string;
  exited: Promise<number | null>;
}

/** Set, though to nothing: a `.env` of whoever runs the tests changes them no more. */
const UNSET = Object.fromEntries(ENVIRONMENT_VARIABLES.map(({ name }) => [name, '']));

async function npmStart(env: Record<string, string>): Promise<Started> {
  const url = `http://localhost:${env.PORT}`;
  const npm = spawn('npm', ['start'], { cwd: ROOT, env: childEnvironment({ ...UNSET, ...env }), detached: true });
  let said = '';
  for (const stream of [npm.stdout, npm.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const exited = new Promise<number | null>((done) => npm.once('close', done));
  onClose(() => npm.exitCode ?? process.kill(-npm.pid!, 'SIGKILL'));
  await eventually(() => /Ready on /.test(said) || npm.exitCode !== null, 45_000);
  if (npm.exitCode !== null) throw new Error(`npm start ended: ${said}`);
  return { url, npm, said: () => said, exited };
}

it('serves, stops at SIGTERM with status 0, and a second start serves the same data', async () => {
  const env = { PORT: String(await freePort()), DATA_DIR: mkdtempSync(join(runState().directory, 'npm-start-')) };
  const first = await npmStart(env);
  const password = await eventually(() => /Password +(\S+)\n/.exec(first.said())?.[1]);
  expect(first.said()).toMatch(/Database: initialising .*Database: ready .*Applied \d+ migrations?.*Ready on /s);
  const server = { url: first.url, issuer: first.url };
  await signIn(server, { username: 'admin', password });
  first.npm.kill('SIGTERM');
  expect(await first.exited).toBe(0);

  const second = await npmStart(env);
  expect(second.said()).not.toMatch(/initialising|Applied|Password/);
  await signIn(server, { username: 'admin', password });
  // Ctrl-C reaches npm, the shell and node alike.
  process.kill(-second.npm.pid!, 'SIGINT');
  await second.exited;
  expect(second.said()).toContain('Stopping (SIGINT)');
  expect(second.said()).not.toMatch(/^\s+at |npm error/m);
  await expect(fetch(second.url)).rejects.toThrow('fetch failed');
});
