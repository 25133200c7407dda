// Drops a key that others may know: nothing that it signed is valid any more.
import type { Command } from 'commander';
import { command } from './command.js';
import { Failure } from './failure.js';
import { confirm, isInteractive } from './input.js';
import { print, printJson, visible } from './output.js';
import { withServices } from './with-services.js';

export function keysDrop(): Command {
  return command({
    usage: 'drop <kid>',
    description:
      'Drop a key that others may know. It is published no more, and what it signed is refused from now on; when it was in ' +
      'use, another key takes over at once. At a terminal it asks before.',
    examples: { 'One key:': '$0 keys drop 3q2-7wAAAAAAAAAA', 'Which ones there are:': '$0 keys list' },
  })
    .option('-y, --yes', 'do not ask')
    .action(async (kid: string, { yes, json }: { yes?: true; json?: true }) => {
      const question = `Drop the key ${visible(kid)} and refuse all that it signed?`;
      if (!yes && isInteractive() && !(await confirm(question))) throw new Failure('Nothing was dropped.');
      const dropped = await withServices(({ keys }) => keys.drop(kid));
      if (!dropped) throw new Failure('There is no such key: `keys list` shows those that there are.');
      const { algorithm, successor } = dropped;
      if (json) printJson({ kid, algorithm, dropped: true, successor: successor?.kid ?? null });
      else print(`The ${algorithm} key was dropped.${successor ? ` ${successor.kid} has taken over.` : ''}`);
    });
}
