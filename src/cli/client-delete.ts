// Deletes a client with everything that it was given.
import type { Command } from 'commander';
import { command } from './command.js';
import { Failure } from './failure.js';
import { confirm, isInteractive } from './input.js';
import { print, printJson, visible } from './output.js';
import { withServices } from './with-services.js';

export function clientDelete(): Command {
  return command({
    usage: 'delete <client_id>',
    description: 'Delete a client, with its secrets, grants and tokens. At a terminal it asks before.',
    examples: { 'One client:': '$0 client delete my-app', 'Without a question:': '$0 client delete my-app --yes' },
  })
    .option('-y, --yes', 'do not ask')
    .action(async (clientId: string, { yes, json }: { yes?: true; json?: true }) => {
      if (
        !yes &&
        isInteractive() &&
        !(await confirm(`Delete the client ${visible(clientId)} and end all its tokens?`))
      ) {
        throw new Failure('Nothing was deleted.');
      }
      await withServices(async ({ clients }) => {
        if (!(await clients.delete(clientId))) throw new Failure('There is no such client.');
      });
      if (json) printJson({ client_id: clientId, deleted: true });
      else print('The client was deleted.');
    });
}
