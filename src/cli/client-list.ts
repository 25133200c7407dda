// Lists clients, oldest first.
import type { Command } from 'commander';
import type { Client } from '../clients/client.js';
import { command } from './command.js';
import { everything } from './everything.js';
import { print, printJson, table } from './output.js';
import { withServices } from './with-services.js';

export function clientList(): Command {
  return command({
    usage: 'list',
    description: 'List the clients, oldest first.',
    examples: {
      'All of them:': '$0 client list',
      'Their ids, for a script:': "$0 client list --json | jq -r '.[].client_id'",
    },
  }).action(async ({ json }: { json?: true }) => {
    const { clientToWire } = await import('../clients/client-wire.js');
    await withServices(async ({ clients }) => {
      const found = await everything<Client>((after, limit) => clients.list({ after, limit }));
      if (json) printJson(found.map(clientToWire));
      else print(found.length === 0 ? 'There are no clients.' : inWords(found));
    });
  });
}

function inWords(clients: readonly Client[]): string {
  const titles = ['CLIENT_ID', 'NAME', 'GRANT TYPES', 'AUTHENTICATION', 'CREATED', ''];
  const rows = clients.map(({ id, metadata, createdAt, disabled }) => [
    id,
    metadata.client_name,
    metadata.grant_types,
    metadata.token_endpoint_auth_method,
    createdAt,
    disabled ? 'disabled' : '',
  ]);
  return table(titles, rows);
}
