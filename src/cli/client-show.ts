// Shows a client.
import type { Command } from 'commander';
import { command } from './command.js';
import { Failure } from './failure.js';
import { details, print, printJson } from './output.js';
import { withServices } from './with-services.js';

export function clientShow(): Command {
  return command({
    usage: 'show <client_id>',
    description: 'Show a client: its metadata, and how many secrets it has.',
    examples: { 'One client:': '$0 client show my-app', 'For a program:': '$0 client show my-app --json' },
  }).action(async (clientId: string, { json }: { json?: true }) => {
    const { clientToWire } = await import('../clients/client-wire.js');
    await withServices(async ({ clients }) => {
      const client = await clients.findFresh(clientId);
      if (!client) throw new Failure('There is no such client.');
      const { client_id_issued_at: _, ...metadata } = clientToWire(client);
      if (json) printJson(clientToWire(client));
      else print(details({ ...metadata, created: client.createdAt, live_secrets: client.usableSecrets.length }));
    });
  });
}
