// Gives a client a new secret.
import { type Command, InvalidArgumentError } from 'commander';
import { command } from './command.js';
import { Failure } from './failure.js';
import { print, printJson } from './output.js';
import { withServices } from './with-services.js';

const MAX_OVERLAP = 10 * 365 * 86400;

interface Options {
  overlap?: number;
  secretOnly?: true;
  json?: true;
}

export function clientRotateSecret(): Command {
  return command({
    usage: 'rotate-secret <client_id>',
    description: 'Give a client a new secret, shown once; the old one still works for a while.',
    examples: {
      'The old secret works for another day:': '$0 client rotate-secret my-app',
      'The old secret has leaked and ends now:': '$0 client rotate-secret my-app --overlap 0',
    },
  })
    .option('--overlap <seconds>', 'how long the old secret still works (default: a day)', seconds)
    .option('--secret-only', 'print nothing but the secret')
    .action((clientId: string, { overlap, secretOnly, json }: Options) =>
      withServices(async ({ clients }) => {
        const { needsSecret } = await import('../clients/client-secret.js');
        const client = await clients.findFresh(clientId);
        if (client && !needsSecret(client.metadata))
          throw new Failure('The client does not authenticate with a secret.');
        const secret = client && (await clients.rotateSecret(clientId, overlap));
        if (secret === undefined) throw new Failure('There is no such client.');
        if (secretOnly) print(secret);
        else if (json) printJson({ client_id: clientId, client_secret: secret });
        else print(`The new secret, shown this one time:\n\n  ${secret}`);
      }),
    );
}

function seconds(value: string): number {
  if (/^\d{1,9}$/.test(value) && Number(value) <= MAX_OVERLAP) return Number(value);
  throw new InvalidArgumentError('It must be a whole number of seconds, at most ten years.');
}
