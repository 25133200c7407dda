// The load generator: a process that keeps a number of connections busy for a while and says what came back.
import { HttpClient } from './http-client.mjs';
import { repeat, SCENARIOS } from './scenarios.mjs';

/**
 * @typedef {object} Slice
 * @property {string} scenario
 * @property {'product' | 'floor'} [server]
 * @property {string} [request] instead of what the scenario sends, with `text` that the answer holds
 * @property {string} [text]
 * @property {number} port
 * @property {number} connections
 * @property {number} seconds
 *
 * @typedef {object} Outcome
 * @property {number} requests units of the scenario that succeeded
 * @property {number} failures
 * @property {string} [failure] the first one
 * @property {number} seconds
 * @property {number} p50 milliseconds
 * @property {number} p99 milliseconds
 *
 * @typedef {{ http: HttpClient, unit: () => Promise<void> }} Worker
 */

const MAX_FAILURES = 100;

/** Connections with what the scenario remembers of them, by port and scenario. @type {Map<string, Worker[]>} */
const workers = new Map();

/** @param {Slice} slice */
async function prepare({ scenario, server = 'product', request, text = '', port, connections }) {
  const key = `${port} ${scenario}`;
  const present = workers.get(key) ?? [];
  workers.set(key, present);
  const unitOf = request === undefined ? SCENARIOS[scenario][server] : repeat(request, text);
  while (present.length < connections) {
    const http = new HttpClient(port);
    present.push({ http, unit: await unitOf(http, present.length) });
  }
  return present.slice(0, connections);
}

/** @param {Slice} slice @returns {Promise<Outcome>} */
async function run(slice) {
  const running = await prepare(slice);
  /** @type {number[]} */
  const latencies = [];
  let failures = 0;
  let failure;
  const began = performance.now();
  const end = began + slice.seconds * 1000;
  const work = async (/** @type {Worker} */ { unit }) => {
    for (let now = began; now < end && failures < MAX_FAILURES; now = performance.now()) {
      const sent = performance.now();
      try {
        await unit();
        latencies.push(performance.now() - sent);
      } catch (error) {
        failures++;
        failure ??= error.message;
      }
    }
  };
  await Promise.all(running.map(work));
  const seconds = (performance.now() - began) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (/** @type {number} */ part) => latencies[Math.floor(latencies.length * part)] ?? 0;
  return { requests: latencies.length, failures, failure, seconds, p50: at(0.5), p99: at(0.99) };
}

process.on('message', async (/** @type {Slice | { kind: 'close' }} */ message) => {
  if ('scenario' in message) {
    const failed = (/** @type {Error} */ error) => ({
      requests: 0,
      failures: 1,
      failure: error.message,
      seconds: 1,
      p50: 0,
      p99: 0,
    });
    return void process.send?.(await run(message).catch(failed));
  }
  for (const { http } of [...workers.values()].flat()) http.close();
  workers.clear();
  process.send?.('closed');
});
