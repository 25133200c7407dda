// Requests per second of the product and the floor, in turns: A B B A …
import { median, round, table } from './report.mjs';
import { seed } from './seed.mjs';
import { startFloor, startLoad, startProduct } from './servers.mjs';

/** Seconds before anything counts: connections are made, code gets compiled, statements prepared. */
const WARM_UP = 0.4;

/**
 * @typedef {object} Measured
 * @property {number} rps
 * @property {number} p50
 * @property {number} p99
 * @property {number} cpu microseconds per request
 *
 * @typedef {object} Result
 * @property {string} scenario
 * @property {number} connections
 * @property {number} ratio
 * @property {Measured} product
 * @property {Measured} floor
 */

/**
 * @param {{ scenarios: string[], connections: number[], seconds: number, rounds: number, pool: number }} options
 * @param {import('./database.mjs').Databases} databases
 * @param {(line: string) => void} say
 */
export async function measure(options, databases, say) {
  const { pool } = options;
  const product = await startProduct({ database: databases.product, pool, directory: databases.directory });
  const floor = await startFloor({ database: databases.floor, pool, documents: await documentsOf(product) });
  await seed(databases.product);
  const load = startLoad();
  const servers = { product, floor };
  /** @type {Result[]} */
  const results = [];
  /** @type {string[]} */
  const failures = [];

  for (const scenario of options.scenarios) {
    for (const connections of options.connections) {
      /** @param {'product' | 'floor'} server @param {number} seconds @returns {Promise<Measured>} */
      const slice = async (server, seconds) => {
        const { port, cpu } = servers[server];
        const before = await cpu();
        const outcome = await load.ask({ scenario, server, port, connections, seconds });
        const used = (await cpu()) - before;
        if (outcome.failures) {
          failures.push(`${scenario}, ${server}, ${connections} connections: ${outcome.failures} × ${outcome.failure}`);
          say(`FAILED: ${failures.at(-1)}`);
        }
        const { requests, p50, p99 } = outcome;
        return { rps: requests / outcome.seconds, p50, p99, cpu: used / requests };
      };
      /** @type {Record<'product' | 'floor', Measured[]>} */
      const slices = { product: [], floor: [] };
      await slice('floor', WARM_UP);
      await slice('product', WARM_UP);
      for (let turn = 0; turn < options.rounds; turn++) {
        const order = /** @type {('product' | 'floor')[]} */ (turn % 2 ? ['product', 'floor'] : ['floor', 'product']);
        for (const server of order) slices[server].push(await slice(server, options.seconds));
      }
      const ratio = median(slices.product.map(({ rps }, turn) => rps / slices.floor[turn].rps));
      const result = { scenario, connections, ratio, product: middle(slices.product), floor: middle(slices.floor) };
      results.push(result);
      say(
        `  ${scenario}, ${connections}: ${round(result.product.rps)} of ${round(result.floor.rps)} requests/s = ${ratio.toFixed(2)}`,
      );
    }
    await load.ask({ kind: 'close' });
  }
  say(`\n${tableOf(results)}\n`);
  await Promise.all([load.stop(), product.stop(), floor.stop()]);
  return { results, failures };
}

/** What the product publishes. @param {import('./servers.mjs').Server} product */
async function documentsOf({ port }) {
  const read = async (/** @type {string} */ path) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  return { METADATA: await read('/.well-known/openid-configuration'), JWKS: await read('/oauth/jwks') };
}

/** @param {Measured[]} slices @returns {Measured} */
function middle(slices) {
  const of = (/** @type {keyof Measured} */ member) => median(slices.map((slice) => slice[member]));
  return { rps: of('rps'), p50: of('p50'), p99: of('p99'), cpu: of('cpu') };
}

/** @param {Result[]} results */
function tableOf(results) {
  const head = [
    'scenario',
    'connections',
    'ratio',
    'requests/s',
    'floor',
    'p50 ms',
    'floor',
    'p99 ms',
    'floor',
    'CPU µs',
    'floor',
  ];
  const rows = results.map(({ scenario, connections, ratio, product, floor }) => [
    scenario,
    String(connections),
    ratio.toFixed(2),
    ...[product.rps, floor.rps, product.p50, floor.p50, product.p99, floor.p99, product.cpu, floor.cpu].map(round),
  ]);
  return table([head, ...rows]);
}
