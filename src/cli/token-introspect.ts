// Shows what a token is worth.
// @see RFC 7662 §2.2 https://www.rfc-editor.org/rfc/rfc7662#section-2.2
import type { Command } from 'commander';
import { command } from './command.js';
import { readToken } from './presented-token.js';
import { details, print, printJson } from './output.js';
import { withServices } from './with-services.js';

export function tokenIntrospect(): Command {
  return command({
    usage: 'introspect [token]',
    description: 'Show what an access or refresh token is worth; without an argument it is read from standard input.',
    examples: {
      'From a file, so that no other process sees it:': '$0 token introspect < token.txt',
      'For a program:': '$0 token introspect --json "$TOKEN"',
    },
  }).action(async (argument: string | undefined, { json }: { json?: true }) => {
    const token = await readToken(argument);
    const response = await withServices(({ introspection }) => introspection.inspect(token));
    if (json) printJson(response);
    else if (!response.active) print('The token is not active: unknown, expired, revoked, or already rotated.');
    else print(details({ ...response, iat: atTime(response.iat), exp: atTime(response.exp) }));
  });
}

function atTime(seconds: unknown): Date | undefined {
  return typeof seconds === 'number' ? new Date(seconds * 1000) : undefined;
}
