// Micro-batching: what is asked for at the same time goes to the database in one statement.
import { isDatabaseUnavailable } from './unavailable.js';

/** How much is gathered. */
export interface GatherOptions {
  /** Items in one batch at most. @default 64 */
  maxBatch?: number;
  /** Batches on their way at the same time. @default 2 */
  lanes?: number;
}

interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (output: O) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes a function that takes one item out of a function that takes many. While fewer batches than `lanes` are on their
 * way an item goes at once, together with those of the same turn of the event loop; otherwise it waits and the next
 * batch takes all that wait: nobody waits for a timer, and the batches grow with the load.
 *
 * @param run answers one output per item, in the same order. It must do all or nothing (one statement, one transaction):
 *   a batch that fails is tried again item by item, so that an item that cannot be done fails alone.
 * @example
 * const insert = gather((rows: Row[]) => repository.insertMany(rows));
 * await insert(row);
 */
export function gather<I, O>(
  run: (items: I[]) => Promise<O[]>,
  { maxBatch = 64, lanes = 2 }: GatherOptions = {},
): (item: I) => Promise<O> {
  const waiting: Array<Waiting<I, O>> = [];
  let running = 0;
  let scheduled = false;

  const startBatches = (): void => {
    scheduled = false;
    while (waiting.length > 0 && running < lanes) {
      running++;
      void runBatch(run, waiting.splice(0, maxBatch)).then(() => {
        running--;
        startBatches();
      });
    }
  };

  return (item) =>
    new Promise<O>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (scheduled || running >= lanes) return;
      scheduled = true;
      setImmediate(startBatches);
    });
}

/** Settles every item of the batch; never rejects itself. */
async function runBatch<I, O>(run: (items: I[]) => Promise<O[]>, batch: Array<Waiting<I, O>>): Promise<void> {
  try {
    const outputs = await run(batch.map(({ item }) => item));
    if (outputs.length !== batch.length) {
      throw new Error(`A gathered batch of ${batch.length} items was answered with ${outputs.length} outputs.`);
    }
    batch.forEach(({ resolve }, index) => resolve(outputs[index]));
  } catch (error) {
    if (batch.length === 1 || isDatabaseUnavailable(error)) batch.forEach(({ reject }) => reject(error));
    else for (const one of batch) await runBatch(run, [one]);
  }
}
