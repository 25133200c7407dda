// `npm run check`: everything that needs no database, each step timed; runs all of them and fails if any failed.
import { spawn } from 'node:child_process';

const ALL = ['format:check', 'lint:code', 'lint:imports', 'typecheck', 'test:unit'];
const asked = process.argv.slice(2);
const steps = asked.length ? asked : ALL;

const failed = [];
for (const step of steps) {
  console.log(`\n— ${step}`);
  const started = Date.now();
  const child = spawn('npm', ['run', '--silent', step], { stdio: 'inherit', shell: process.platform === 'win32' });
  const code = await new Promise((done, fail) => child.once('exit', done).once('error', fail));
  console.log(`— ${step}: ${code === 0 ? 'ok' : 'FAILED'} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (code !== 0) failed.push(step);
}
if (failed.length) {
  console.error(`\nFailed: ${failed.join(', ')}`);
  process.exit(1);
}
