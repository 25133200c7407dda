// `npm run bench`: how fast the server is, measured against a floor (bare Fastify + pg) in the same interleaved run.
import { parseArgs } from 'node:util';
import { ensureBuilt } from '../scripts/build.mjs';
import { describeMachine } from './report.mjs';
import { SCENARIOS } from './scenarios.mjs';

const HELP = `Usage: npm run bench -- [options]

Measures the server against a floor: bare Fastify + pg, one named prepared statement a request, hashed tokens.
Both run on one PostgreSQL and take turns in short slices, so that noise hits both: trust the ratio, not the absolutes.

  --scenario <names>     some of: ${Object.keys(SCENARIOS).join(', ')}
  --connections <n,…>    connections at the same time               (1,16,64)
  --seconds <s>          length of a slice                          (0.5)
  --rounds <n>           slices of each server                      (8)
  --pool <n>             connections to the database, of each       (10)
  --no-sync              PostgreSQL without fsync; otherwise as in production
  --start                cold start on an existing database and idle memory, instead
  --rows <n>             bytes per token row and insertion rate after n rows, instead
  --guards               what a guard costs in an application, instead
  --json                 the result as JSON on stdout
  --help
`;

const { values } = parseArgs({
  options: {
    scenario: { type: 'string' },
    connections: { type: 'string', default: '1,16,64' },
    seconds: { type: 'string', default: '0.5' },
    rounds: { type: 'string' },
    pool: { type: 'string', default: '10' },
    'no-sync': { type: 'boolean', default: false },
    start: { type: 'boolean', default: false },
    rows: { type: 'string' },
    guards: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** @param {string} name @param {string} text @returns {number} */
function positive(name, text) {
  const value = Number(text);
  if (value > 0) return value;
  throw new Error(`--${name} must be a positive number.`);
}

function readOptions() {
  const scenarios = values.scenario?.split(',') ?? Object.keys(SCENARIOS);
  const unknown = scenarios.find((name) => !(name in SCENARIOS));
  if (unknown !== undefined) throw new Error(`There is no scenario '${unknown}'; there are: ${Object.keys(SCENARIOS)}`);
  return {
    scenarios,
    connections: values.connections.split(',').map((text) => positive('connections', text)),
    seconds: positive('seconds', values.seconds),
    rounds: positive('rounds', values.rounds ?? (values.start ? '5' : '8')),
    pool: positive('pool', values.pool),
    sync: !values['no-sync'],
    rows: values.rows === undefined ? undefined : positive('rows', values.rows),
  };
}

/** Progress and tables go to stderr when stdout is for JSON. */
const say = values.json ? console.error : console.log;

async function run() {
  if (values.help) return void console.log(HELP);
  const options = readOptions();
  await ensureBuilt();
  // Only now: they use what was built.
  const { withDatabases } = await import('./database.mjs');
  const measurement = values.guards
    ? await import('./guards.mjs')
    : values.start
      ? await import('./start.mjs')
      : options.rows === undefined
        ? await import('./throughput.mjs')
        : await import('./rows.mjs');
  /** @type {(...args: any[]) => Promise<{ results: object, failures: string[] }>} */
  const measure = measurement.measure;
  const failed = await withDatabases(options, async (databases) => {
    const machine = describeMachine({ ...options, postgres: databases.version });
    say(machine.text);
    const { results, failures } = await measure(options, databases, say);
    if (values.json) console.log(JSON.stringify({ ...machine.facts, results, failures }, null, 2));
    return failures.length > 0;
  });
  if (failed) process.exitCode = 1;
}

await run().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
