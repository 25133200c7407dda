// Makes an initial access token.
// @see RFC 7591 §3 https://www.rfc-editor.org/rfc/rfc7591#section-3
import type { Command } from 'commander';
import { command } from './command.js';
import { details, print, printJson } from './output.js';
import { withServices } from './with-services.js';

interface Options {
  expiresIn?: string;
  maxUses?: string;
  tokenOnly?: true;
  json?: true;
}

export function registrationTokenCreate(): Command {
  return command({
    usage: 'create',
    description: 'Make a token with which clients register themselves. It is shown this one time.',
    examples: {
      'For 30 days and any number of clients:': '$0 registration-token create',
      'For one client, within an hour:': '$0 registration-token create --expires-in 3600 --max-uses 1',
      'The token alone, for a script:': 'TOKEN=$($0 registration-token create --token-only | tail -n 1)',
    },
  })
    .option('--expires-in <seconds>', 'how long clients can register with it (30 days when absent)')
    .option('--max-uses <number>', 'how many clients can register with it (any number when absent)')
    .option('--token-only', 'print nothing but the token')
    .action(create);
}

async function create({ expiresIn, maxUses, tokenOnly, json }: Options): Promise<void> {
  const { token, ...created } = await withServices(({ initialTokens }) =>
    initialTokens.create({ expiresIn: numberOf(expiresIn), maxUses: numberOf(maxUses) }),
  );
  if (tokenOnly) return print(token);
  const { initialTokenToWire } = await import('../clients/initial-token-wire.js');
  if (json) return printJson({ ...initialTokenToWire(created), token });
  const { id, expiresAt, maxUses: most } = created;
  const shown = { token, expires: expiresAt, clients: most ?? 'any number', id };
  print(`The token was made. It is shown this one time:\n\n${details(shown)}`);
}

/** What is no number is refused as one out of range. */
function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : /^\d+$/.test(text) ? Number(text) : NaN;
}
