// Commands about initial access tokens.
import type { Command } from 'commander';
import { group } from './command.js';
import { registrationTokenCreate } from './registration-token-create.js';
import { registrationTokenList } from './registration-token-list.js';
import { registrationTokenRevoke } from './registration-token-revoke.js';

export function registrationTokenCommands(): Command {
  return group('registration-token', 'Tokens with which clients register themselves', [
    registrationTokenCreate(),
    registrationTokenList(),
    registrationTokenRevoke(),
  ]);
}
