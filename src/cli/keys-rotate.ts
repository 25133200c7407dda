// Puts a new signing key in the place of the current one.
// @see RFC 7517 §4.5 https://www.rfc-editor.org/rfc/rfc7517#section-4.5
import { type Command, Option } from 'commander';
import { command } from './command.js';
import { print, printJson } from './output.js';
import { withServices } from './with-services.js';

export function keysRotate(): Command {
  return command({
    usage: 'rotate',
    description:
      'Make a new signing key. Running servers sign with it at once; what the former key signed stays valid, and its public ' +
      'half stays published until all that has expired.',
    examples: { 'The key that signs tokens:': '$0 keys rotate' },
  })
    .addOption(new Option('--algorithm <alg>', 'of which algorithm').choices(['ES256']).default('ES256'))
    .action(async ({ algorithm, json }: { algorithm: string; json?: true }) => {
      const kid = await withServices(({ keys }) => keys.rotate(algorithm));
      if (json) printJson({ kid, algorithm });
      else print(`The new ${algorithm} key is ${kid}.`);
    });
}
