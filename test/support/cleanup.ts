// Whatever a spec opens is closed after its last test, also when an assertion failed half way.
type Close = () => unknown;

const open = new Set<Close>();

/** Runs `close` after the spec; answers a function that forgets it. */
export function onClose(close: Close): () => void {
  open.add(close);
  return () => open.delete(close);
}

/** Closes everything, the youngest first. */
export async function closeAll(): Promise<void> {
  for (const close of [...open].reverse()) {
    open.delete(close);
    try {
      await close();
    } catch {
      // It may have ended by itself, or the test has killed it.
    }
  }
}

if (typeof afterAll === 'function') afterAll(closeAll, 30_000);
