// Who may create clients on the pages, and with what: never with the rights that only an administrator gives.
import type { ServerOptions } from '../config/options.js';
import type { User } from '../users/user.js';

export function mayCreateClients(user: User, { clientCreation }: Pick<ServerOptions, 'clientCreation'>): boolean {
  return clientCreation === 'users' || user.isAdministrator;
}
