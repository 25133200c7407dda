// Lists the keys of the server.
import type { Command } from 'commander';
import type { KeySummary } from '../tokens/keys/key-store.js';
import { command } from './command.js';
import { print, printJson, table } from './output.js';
import { withServices } from './with-services.js';

export function keysList(): Command {
  return command({
    usage: 'list',
    description:
      'List the keys of the server: the next ones, those in use, and those whose signatures are still valid.',
    examples: {
      'All of them:': '$0 keys list',
      'What signs RS256 now, for a script:':
        '$0 keys list --json | jq -r \'.[] | select(.algorithm == "RS256" and .state == "current") | .kid\'',
    },
  }).action(async ({ json }: { json?: true }) => {
    const { toSeconds } = await import('../api/seconds.js');
    const keys = await withServices((services) => services.keys.list());
    if (json) printJson(keys.map((key) => toWire(key, toSeconds)));
    else print(keys.length === 0 ? 'There are no keys: the server makes them when it starts.' : inWords(keys));
  });
}

function toWire(key: KeySummary, seconds: (date: Date) => number): Record<string, unknown> {
  return {
    kid: key.kid,
    algorithm: key.algorithm,
    use: key.use,
    state: key.state,
    created_at: seconds(key.createdAt),
    activates_at: seconds(key.activatesAt),
    retires_at: key.retiresAt && seconds(key.retiresAt),
    kept_until: key.keptUntil && seconds(key.keptUntil),
  };
}

function inWords(keys: readonly KeySummary[]): string {
  const titles = ['KID', 'ALGORITHM', 'USE', 'STATE', 'IN USE FROM', 'UNTIL', 'KEPT UNTIL'];
  return table(
    titles,
    keys.map((key) => [key.kid, key.algorithm, key.use, key.state, key.activatesAt, key.retiresAt, key.keptUntil]),
  );
}
