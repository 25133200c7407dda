// Lists initial access tokens, oldest first.
import type { Command } from 'commander';
import type { InitialAccessToken } from '../clients/initial-access-tokens.js';
import { command } from './command.js';
import { everything } from './everything.js';
import { print, printJson, table } from './output.js';
import { withServices } from './with-services.js';

export function registrationTokenList(): Command {
  return command({
    usage: 'list',
    description: 'List the tokens with which clients can register themselves, oldest first.',
    examples: {
      'All of them:': '$0 registration-token list',
      'Their ids, for a script:': "$0 registration-token list --json | jq -r '.[].id'",
    },
  }).action(async ({ json }: { json?: true }) => {
    const { initialTokenToWire } = await import('../clients/initial-token-wire.js');
    const found = await withServices(({ initialTokens }) =>
      everything<InitialAccessToken>((after, limit) => initialTokens.list({ after, limit })),
    );
    if (json) printJson(found.map(initialTokenToWire));
    else print(found.length === 0 ? 'There are no such tokens.' : inWords(found));
  });
}

function inWords(tokens: readonly InitialAccessToken[]): string {
  const rows = tokens.map(({ id, uses, maxUses, createdAt, expiresAt }) => [id, uses, maxUses, createdAt, expiresAt]);
  return table(['ID', 'CLIENTS', 'AT MOST', 'CREATED', 'EXPIRES'], rows);
}
