// Runs a command's work with the services of the server, under the environment that the server would have.
import { readEnvironment } from '../config/env.js';
import type { Services } from './services.js';

/**
 * @example await withServices(async ({ clients }) => print((await clients.list({ limit: 10 })).length));
 * @throws ConfigurationError when the environment has faults
 */
export async function withServices<T>(work: (services: Services) => Promise<T>): Promise<T> {
  const settings = readEnvironment();
  const { openServices } = await import('./services.js');
  const services = await openServices(settings);
  try {
    return await work(services);
  } finally {
    await services.close();
  }
}
