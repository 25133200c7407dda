// After the last e2e spec: stops the shared server, whatever a spec left running, and the cluster.
import { importSupport } from './global-setup.mjs';

export default async function globalTeardown() {
  const run = await importSupport('run');
  await run.tearDown();
}
