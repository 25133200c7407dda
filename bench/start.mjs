// How long a start takes on a database that exists, and what memory the server holds when nobody asks anything.
import { setTimeout as sleep } from 'node:timers/promises';
import { median, table } from './report.mjs';
import { startFloor, startProduct } from './servers.mjs';

/** Milliseconds until memory is looked at. */
const IDLE = 3000;

/**
 * @param {{ rounds: number, pool: number }} options
 * @param {import('./database.mjs').Databases} databases
 * @param {(line: string) => void} say
 */
export async function measure({ rounds, pool }, databases, say) {
  const product = { database: databases.product, pool, directory: databases.directory };
  const starts = {
    production: () => startProduct(product),
    development: () => startProduct(product, {}),
    floor: () => startFloor({ database: databases.floor, pool }),
  };
  // The first start makes the schema.
  const first = await starts.production();
  await first.stop();
  say(`  the first start, which migrates: ${Math.round(first.started)} ms`);

  /** @type {Record<string, { started: number, rss: number }[]>} */
  const seen = { production: [], development: [], floor: [] };
  for (let turn = 0; turn < rounds; turn++) {
    for (const [name, start] of Object.entries(starts)) {
      const server = await start();
      await sleep(IDLE);
      seen[name].push({ started: server.started, rss: await server.rss() });
      await server.stop();
    }
    say(`  ${turn + 1} of ${rounds}`);
  }
  const results = Object.entries(seen).map(([name, all]) => ({
    name,
    started: Math.round(median(all.map(({ started }) => started))),
    fastest: Math.round(Math.min(...all.map(({ started }) => started))),
    rss: Math.round(median(all.map(({ rss }) => rss)) / 1e6),
  }));
  const rows = results.map((one) => [one.name, String(one.started), String(one.fastest), String(one.rss)]);
  say(`\n${table([['', 'start ms', 'fastest', 'idle MB'], ...rows])}\n`);
  return { results, failures: [] };
}
