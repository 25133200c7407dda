// Commands about the keys of the server.
import type { Command } from 'commander';
import { group } from './command.js';
import { keysDrop } from './keys-drop.js';
import { keysList } from './keys-list.js';
import { keysRotate } from './keys-rotate.js';

export function keysCommands(): Command {
  return group('keys', 'Keys of the server: it signs with them, and clients encrypt with them', [
    keysList(),
    keysRotate(),
    keysDrop(),
  ]);
}
