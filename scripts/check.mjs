// `npm run check`: everything that needs no database, each step timed; runs all of them and fails if any failed.
import { spawn } from 'node:child_process';
import { ensureBuilt } from './build.mjs';

// The longest one first.
const ALL = ['lint:code', 'format:check', 'typecheck', 'lint:imports', 'test:unit'];
const asked = process.argv.slice(2);
const steps = asked.length ? asked : ALL;

/** @type {string[]} */
const failed = [];

/** Says all that a step has said when it has come to its end: two of them run at a time. @param {string} step */
async function run(step) {
  const started = Date.now();
  const child = spawn('npm', ['run', '--silent', step], { shell: process.platform === 'win32' });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => void (said += text));
  const code = await new Promise((done, fail) => child.once('close', done).once('error', fail));
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`\n${said.trim()}\n— ${step}: ${code === 0 ? 'ok' : 'FAILED'} (${seconds} s)`.replace('\n\n', '\n'));
  if (code !== 0) failed.push(step);
}

// The benchmark is checked against what was built.
if (steps.includes('typecheck')) await ensureBuilt();

const waiting = [...steps];
console.log(`— ${steps.join(', ')} …`);
await Promise.all(
  [1, 2].map(async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) await run(step);
  }),
);
if (failed.length) {
  console.error(`\nFailed: ${failed.join(', ')}`);
  process.exit(1);
}
