// The keys of the server, ready before the first request.
import { ConfigurationError } from '../../config/env.js';
import type { ServerOptions } from '../../config/options.js';
import type { KeyStore } from './key-store.js';

/**
 * Creates the keys that are missing, and looks whether all of them can be used.
 * @param warn told of a key that cannot be used, outside production
 * @throws ConfigurationError in production: a server that cannot sign is found out at its start, not by its clients
 */
export async function prepareKeys(
  keys: KeyStore,
  { production }: Pick<ServerOptions, 'production'>,
  warn: (fault: string) => void,
): Promise<void> {
  const algorithms = [...keys.algorithms('sig'), ...keys.algorithms('enc')];
  await keys.ensure(...algorithms);
  const fault = await keys.faultOf(...algorithms);
  if (fault && production) throw new ConfigurationError([fault]);
  if (fault) warn(fault);
}
