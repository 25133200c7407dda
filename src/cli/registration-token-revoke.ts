// Ends an initial access token; clients that registered with it stay.
import type { Command } from 'commander';
import { command } from './command.js';
import { Failure } from './failure.js';
import { print, printJson } from './output.js';
import { withServices } from './with-services.js';

export function registrationTokenRevoke(): Command {
  return command({
    usage: 'revoke <id>',
    description: 'Revoke a token: no client registers with it any more. Those that did so stay.',
    examples: {
      'One of them:': '$0 registration-token revoke 0199f3a2-6c5e-7d31-9a0e-0f6b1c2d3e4f',
      'Which ones there are:': '$0 registration-token list',
    },
  }).action(async (id: string, { json }: { json?: true }) => {
    await withServices(async ({ initialTokens }) => {
      if (!(await initialTokens.revoke(id)))
        throw new Failure('There is no such token: `registration-token list` shows those that there are.');
    });
    if (json) printJson({ id, revoked: true });
    else print('The token was revoked.');
  });
}
