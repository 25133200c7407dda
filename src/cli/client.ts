// Commands about clients.
import type { Command } from 'commander';
import { clientCreate } from './client-create.js';
import { clientDelete } from './client-delete.js';
import { clientList } from './client-list.js';
import { clientRotateSecret } from './client-rotate-secret.js';
import { clientShow } from './client-show.js';
import { group } from './command.js';

export function clientCommands(): Command {
  return group('client', 'Clients: the applications that get tokens, and the APIs that introspect them', [
    clientCreate(),
    clientList(),
    clientShow(),
    clientRotateSecret(),
    clientDelete(),
  ]);
}
