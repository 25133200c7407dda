// Revokes a token, whoever it was issued to: an access token ends alone, a refresh token ends its grant.
// @see RFC 7009 §2.1 https://www.rfc-editor.org/rfc/rfc7009#section-2.1
import type { Command } from 'commander';
import { credentialKey } from '../common/credential.js';
import { command } from './command.js';
import { Failure } from './failure.js';
import { print, printJson } from './output.js';
import { readToken } from './presented-token.js';
import { withServices } from './with-services.js';

export function tokenRevoke(): Command {
  return command({
    usage: 'revoke [token]',
    description:
      'Revoke a token: an access token ends alone, a refresh token ends all that came of the same authorization. Without an ' +
      'argument it is read from standard input.',
    examples: {
      'From a file, so that no other process sees it:': '$0 token revoke < token.txt',
      'As an argument:': '$0 token revoke "$TOKEN"',
    },
  }).action(async (argument: string | undefined, { json }: { json?: true }) => {
    const token = await readToken(argument);
    await withServices(async ({ verifier, grants }) => {
      const keys = [await verifier.keyOf(token), credentialKey(token)];
      for (const key of keys) {
        if (key && (await grants.revokeToken(key.toString('base64url'), 'administrator'))) return;
      }
      throw new Failure('There is no such token, or it has ended before.');
    });
    if (json) printJson({ revoked: true });
    else print('The token was revoked.');
  });
}
