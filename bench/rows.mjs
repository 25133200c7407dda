// What a token costs in the database, and whether issuing stays flat while the tables grow.
import pg from 'pg';
import { median, round, table } from './report.mjs';
import { seed } from './seed.mjs';
import { startLoad, startProduct } from './servers.mjs';
import { WEB } from './scenarios.mjs';

const BATCH = 50_000;
/** Tokens that the rows pretend to have been issued per second: their keys begin with the time. */
const PER_SECOND = 500;
const CONNECTIONS = 16;
const SCENARIOS = ['client_credentials', 'refresh', 'introspection'];
const TABLES = ['access_tokens', 'refresh_tokens'];

/**
 * Rows as the server writes them, in the order of issuing: of one grant each ten, a family of refreshed tokens.
 * $1: number of the first one; $2: how many; $3: the moment of the first one, in seconds.
 */
const KEY = (/** @type {string} */ salt) =>
  `substring(int8send(floor($3::float8 + i / ${PER_SECOND}.0)::bigint) FROM 5) || sha256(convert_to('${salt}' || i, 'UTF8'))`;
const FILL = {
  grants: `INSERT INTO grants (client_id, user_id, scope, auth_time, amr, expires_at)
    SELECT '${WEB.id}', u.id, 'profile read', now(), '{pwd}', now() + interval '180 days'
    FROM generate_series($1::bigint, $1 + $2::bigint / 10) AS i JOIN (SELECT id, row_number() OVER () AS n FROM users) u ON u.n = 1 + i % 200
    WHERE $3::float8 > 0`,
  access_tokens: `INSERT INTO access_tokens (grant_id, expires_at, lifetime, token_key)
    SELECT (SELECT max(id) FROM grants) - i % ($2::bigint / 10), to_timestamp($3::float8 + 3600 + i / ${PER_SECOND}.0), 3600, ${KEY('access')}
    FROM generate_series($1::bigint, $1 + $2 - 1) AS i`,
  refresh_tokens: `INSERT INTO refresh_tokens (grant_id, issued_at, expires_at, token_key)
    SELECT (SELECT max(id) FROM grants) - i % ($2::bigint / 10), to_timestamp($3::float8 + i / ${PER_SECOND}.0),
      to_timestamp($3::float8 + 2592000 + i / ${PER_SECOND}.0), ${KEY('refresh')}
    FROM generate_series($1::bigint, $1 + $2 - 1) AS i`,
  rotations: `UPDATE refresh_tokens SET rotated_at = issued_at, successor_salt = substring(token_key FOR 20)
    WHERE token_key IN (SELECT ${KEY('refresh')} FROM generate_series($1::bigint, $1 + $2 * 9 / 10 - 1) AS i)`,
};

/**
 * Two servers take turns, one on the full database and one on an empty one.
 *
 * @param {{ rows: number, rounds: number, seconds: number, pool: number }} options
 * @param {import('./database.mjs').Databases} databases
 * @param {(line: string) => void} say
 */
export async function measure({ rows, rounds, seconds, pool }, databases, say) {
  const urls = { full: databases.product, empty: databases.floor };
  const { directory } = databases;
  const servers = {
    full: await startProduct({ database: urls.full, pool, directory }),
    empty: await startProduct({ database: urls.empty, pool, directory }),
  };
  await seed(urls.full);
  await seed(urls.empty);
  const sizes = await fill(urls.full, rows, say);

  const load = startLoad();
  /** @type {string[]} */
  const failures = [];
  /** @type {{ scenario: string, empty: number, full: number, ratio: number }[]} */
  const rates = [];
  for (const scenario of SCENARIOS) {
    /** @type {{ full: number[], empty: number[] }} */
    const seen = { full: [], empty: [] };
    for (let turn = 0; turn <= rounds; turn++) {
      const names = /** @type {('full' | 'empty')[]} */ (turn % 2 ? ['full', 'empty'] : ['empty', 'full']);
      for (const name of names) {
        const { port } = servers[name];
        const outcome = await load.ask({ scenario, server: 'product', port, connections: CONNECTIONS, seconds });
        if (outcome.failures) failures.push(`${scenario}, ${name}: ${outcome.failures} × ${outcome.failure}`);
        // The first turn warms up.
        if (turn > 0) seen[name].push(outcome.requests / outcome.seconds);
      }
    }
    await load.ask({ kind: 'close' });
    const ratio = median(seen.full.map((rate, turn) => rate / seen.empty[turn]));
    rates.push({ scenario, empty: median(seen.empty), full: median(seen.full), ratio });
  }
  for (const failure of failures) say(`FAILED: ${failure}`);
  const lines = rates.map((one) => [one.scenario, round(one.empty), round(one.full), one.ratio.toFixed(2)]);
  say(`\n${table([['requests/s at', '0 rows', `${rows} rows`, 'ratio'], ...lines])}\n`);
  await Promise.all([load.stop(), servers.full.stop(), servers.empty.stop()]);
  return { results: { rows, sizes, rates }, failures };
}

/** @param {string} url @param {number} rows @param {(line: string) => void} say */
async function fill(url, rows, say) {
  const database = new pg.Client(url);
  await database.connect();
  const size = async () => {
    const { rows: found } = await database.query(
      `SELECT relname, pg_total_relation_size(oid)::float8 AS total, pg_relation_size(oid)::float8 AS heap
       FROM pg_class WHERE relname = ANY ($1)`,
      [TABLES],
    );
    return Object.fromEntries(found.map(({ relname, total, heap }) => [relname, { total, heap }]));
  };
  const empty = await size();
  const began = Date.now() / 1000 - rows / PER_SECOND;
  for (let first = 0; first < rows; first += BATCH) {
    const count = Math.min(BATCH, rows - first);
    for (const text of Object.values(FILL)) await database.query(text, [first, count, began]);
    // As autovacuum does from time to time.
    if (first % (BATCH * 10) === 0) await database.query('VACUUM refresh_tokens');
    if (first % (BATCH * 10) === 0) say(`  ${first + count} of ${rows} rows`);
  }
  const full = await size();
  await database.query('VACUUM ANALYZE access_tokens, refresh_tokens, grants');
  await database.query('CHECKPOINT');
  await database.end();
  const sizes = TABLES.map((name) => {
    const heap = (full[name].heap - empty[name].heap) / rows;
    const total = (full[name].total - empty[name].total) / rows;
    return { table: name, heap, indexes: total - heap, total };
  });
  const lines = sizes.map((one) => [one.table, ...[one.heap, one.indexes, one.total].map(round)]);
  say(`\n${table([['bytes a row', 'table', 'indexes', 'together'], ...lines])}`);
  return sizes;
}
