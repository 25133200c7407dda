// Disables an account.
import type { Command } from 'commander';
import { findAccount } from './account.js';
import { command } from './command.js';
import { print, printJson } from './output.js';
import { withServices } from './with-services.js';

export function userDisable(): Command {
  return command({
    usage: 'disable <user>',
    description: 'Let an account (user name, e-mail address or id) sign in no more; its sessions and tokens end.',
    examples: { 'By user name:': '$0 user disable alice', 'By e-mail address:': '$0 user disable alice@example.com' },
  }).action(async (login: string, { json }: { json?: true }) => {
    const user = await withServices(async (services) => {
      const account = await findAccount(services, login);
      await services.users.disable(account.id);
      return account;
    });
    if (json) printJson({ id: user.id, username: user.username, disabled: true });
    else print('The account is disabled; its sessions and tokens have ended.');
  });
}
