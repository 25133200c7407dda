// The last line of .ci/run: the sum of jest's JSON results in a folder. Status 1 when anything failed or nothing ran.
// What `NAME.again.json` has of a second attempt counts in place of what `NAME.json` has of the same files.
// With --failed-files NAME it only prints how many files of `NAME.json` failed.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const {
  values: { 'failed-files': asked },
  positionals: [folder = '.tmp/ci'],
} = parseArgs({ options: { 'failed-files': { type: 'string' } }, allowPositionals: true });

/** @returns the result of each file by its path */
function filesOf(name) {
  const path = join(folder, name);
  if (!existsSync(path)) return new Map();
  return new Map(JSON.parse(readFileSync(path, 'utf8')).testResults.map((file) => [file.name, file]));
}

function count() {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const names = readdirSync(folder).filter((entry) => entry.endsWith('.json') && !entry.endsWith('.again.json'));
  for (const name of names) {
    const again = filesOf(name.replace(/json$/, 'again.json'));
    for (const [path, first] of filesOf(name)) {
      const file = again.get(path) ?? first;
      const { assertionResults: tests, status, message } = file;
      for (const test of tests) sum[test.status in sum ? test.status : 'skipped']++;
      // A file that could not even be loaded holds no test that could fail.
      if (status === 'failed' && !tests.some((test) => test.status === 'failed')) sum.failed++;
      const [verdict, text] =
        status === 'failed' ? ['FAILED', message] : ['UNSTABLE, passed at the second attempt:', first.message];
      if (status === 'failed' || file !== first)
        console.log(`${verdict} ${path}: ${text.replace(/\s+/g, ' ').slice(0, 300)}`);
    }
  }
  return sum;
}

if (asked) {
  console.log([...filesOf(`${asked}.json`).values()].filter(({ status }) => status === 'failed').length);
} else {
  const { passed, failed, skipped } = count();
  if (passed + failed === 0) console.log('No test ran.');
  console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}
