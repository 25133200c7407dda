// Whatever a spec opens is closed after its last test, also when an assertion failed half way.
import { setTimeout as sleep } from 'node:timers/promises';

type Close = () => unknown;

/** Milliseconds: longer than a server takes that has to cut something off. */
const PATIENCE = 15_000;

const open = new Set<Close>();

/** Runs `close` after the spec; answers a function that forgets it. */
export function onClose(close: Close): () => void {
  open.add(close);
  return () => open.delete(close);
}

/** Closes everything, the youngest first. What does not come to its end is named and left. */
export async function closeAll(): Promise<void> {
  for (const close of [...open].reverse()) {
    open.delete(close);
    try {
      const closed = Promise.resolve(close()).then(() => true);
      const isClosed = await Promise.race([closed, sleep(PATIENCE, false, { ref: false })]);
      if (!isClosed) console.warn(`Not closed after ${PATIENCE / 1000} s: ${close.toString()}`);
    } catch {
      // It may have ended by itself, or the test has killed it.
    }
  }
}

interface Application {
  close(): Promise<void>;
  getHttpServer?(): { closeAllConnections?(): void } | undefined;
}

/**
 * Ends an application of Nest and the connections of its clients: one that has had no request yet is not idle to Node, and
 * would be waited for as long as it lasts.
 */
export async function closeApplication(app: Application): Promise<void> {
  app.getHttpServer?.()?.closeAllConnections?.();
  await app.close();
}

if (typeof afterAll === 'function') afterAll(closeAll, 60_000);
