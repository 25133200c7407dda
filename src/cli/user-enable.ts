// Lets a disabled account sign in again.
import type { Command } from 'commander';
import { findAccount } from './account.js';
import { command } from './command.js';
import { print, printJson } from './output.js';
import { withServices } from './with-services.js';

export function userEnable(): Command {
  return command({
    usage: 'enable <user>',
    description: 'Let a disabled account (user name, e-mail address or id) sign in again.',
    examples: { 'By user name:': '$0 user enable alice' },
  }).action(async (login: string, { json }: { json?: true }) => {
    const user = await withServices(async (services) => {
      const account = await findAccount(services, login);
      await services.users.enable(account.id);
      return account;
    });
    if (json) printJson({ id: user.id, username: user.username, disabled: false });
    else print('The account can sign in again.');
  });
}
