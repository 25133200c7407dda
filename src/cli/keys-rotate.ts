// Puts new keys in the place of the current ones.
// @see RFC 7517 §4.5 https://www.rfc-editor.org/rfc/rfc7517#section-4.5
import { type Command, Option } from 'commander';
import { ENCRYPTION_ALGORITHMS, SIGNING_ALGORITHMS } from '../tokens/keys/key-algorithms.js';
import { command } from './command.js';
import { print, printJson } from './output.js';
import { withServices } from './with-services.js';

const ALGORITHMS = [...SIGNING_ALGORITHMS, ...ENCRYPTION_ALGORITHMS];

export function keysRotate(): Command {
  return command({
    usage: 'rotate',
    description:
      'Make new keys. Running servers sign with them at once; what the former keys signed stays valid, and their public ' +
      'halves stay published until all that has expired.',
    examples: { 'All keys:': '$0 keys rotate', 'One of them:': '$0 keys rotate --algorithm ES256' },
  })
    .addOption(new Option('--algorithm <alg>', 'of this algorithm only').choices(ALGORITHMS))
    .action(async ({ algorithm: only, json }: { algorithm?: string; json?: true }) => {
      const rotated = await withServices(async ({ keys }) => {
        const made: { kid: string; algorithm: string }[] = [];
        for (const algorithm of only ? [only] : ALGORITHMS) made.push({ kid: await keys.rotate(algorithm), algorithm });
        return made;
      });
      if (json) printJson(rotated);
      else for (const { kid, algorithm } of rotated) print(`The new ${algorithm} key is ${kid}.`);
    });
}
