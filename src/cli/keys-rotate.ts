// Puts new keys in the place of the current ones.
// @see RFC 7517 §4.5 https://www.rfc-editor.org/rfc/rfc7517#section-4.5
import { type Command, Option } from 'commander';
import { ENCRYPTION_ALGORITHMS, SIGNING_ALGORITHMS } from '../tokens/keys/key-algorithms.js';
import type { KeyStore } from '../tokens/keys/key-store.js';
import { command } from './command.js';
import { print, printJson, table } from './output.js';
import { withServices } from './with-services.js';

const ALGORITHMS = [...SIGNING_ALGORITHMS, ...ENCRYPTION_ALGORITHMS];

type Successor = Awaited<ReturnType<KeyStore['rotate']>>;

export function keysRotate(): Command {
  return command({
    usage: 'rotate',
    description:
      'Make new keys. They are published now and take over a day later, when everybody who verifies signatures knows them ' +
      '(at once where the current key cannot be opened with SECRET_KEYS). What the former keys signed stays valid.',
    examples: {
      'All keys:': '$0 keys rotate',
      'One of them:': '$0 keys rotate --algorithm ES256',
      'At once, also the next keys that are published already:': '$0 keys rotate --now',
    },
  })
    .addOption(new Option('--algorithm <alg>', 'of this algorithm only').choices(ALGORITHMS))
    .option('--now', 'the new keys take over at once; who keeps the published keys must fetch them again')
    .action(async ({ algorithm, now, json }: { algorithm?: string; now?: true; json?: true }) => {
      const rotated = await withServices(async ({ keys }) => {
        const successors: Successor[] = [];
        for (const one of algorithm ? [algorithm] : ALGORITHMS) successors.push(await keys.rotate(one, { now }));
        return successors;
      });
      if (json) {
        const { toSeconds } = await import('../api/seconds.js');
        printJson(rotated.map(({ activatesAt, ...key }) => ({ ...key, activates_at: toSeconds(activatesAt) })));
      } else {
        const rows = rotated.map((key) => [key.kid, key.algorithm, key.use, key.activatesAt]);
        print(table(['KID', 'ALGORITHM', 'USE', 'IN USE FROM'], rows));
      }
    });
}
