// Commands about users.
import type { Command } from 'commander';
import { group } from './command.js';
import { userCreate } from './user-create.js';
import { userDisable } from './user-disable.js';
import { userEnable } from './user-enable.js';
import { userList } from './user-list.js';
import { userSetPassword } from './user-set-password.js';

export function userCommands(): Command {
  return group('user', 'People and their accounts', [
    userCreate(),
    userList(),
    userSetPassword(),
    userDisable(),
    userEnable(),
  ]);
}
