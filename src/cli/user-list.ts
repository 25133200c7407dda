// Lists accounts, by user name.
import type { Command } from 'commander';
import type { User } from '../users/user.js';
import { command } from './command.js';
import { everything } from './everything.js';
import { print, printJson, table } from './output.js';
import { withServices } from './with-services.js';

export function userList(): Command {
  return command({
    usage: 'list',
    description: 'List the accounts, by user name.',
    examples: {
      'All of them:': '$0 user list',
      'Those with a part of a name or an e-mail address:': '$0 user list --search example.com',
    },
  })
    .option('--search <text>', 'a part of the user name or e-mail address')
    .action(async ({ search, json }: { search?: string; json?: true }) => {
      const { userToWire } = await import('../users/user-wire.js');
      await withServices(async ({ users }) => {
        const found = await everything<User>((after, limit) => users.list({ after, limit, search }));
        if (json) printJson(found.map(userToWire));
        else print(found.length === 0 ? 'There are no such users.' : inWords(found));
      });
    });
}

function inWords(users: readonly User[]): string {
  const titles = ['USERNAME', 'EMAIL', 'ROLES', 'CREATED', 'ID', ''];
  const rows = users.map(({ username, email, roles, createdAt, id, disabled }) => [
    username,
    email,
    roles,
    createdAt,
    id,
    disabled ? 'disabled' : '',
  ]);
  return table(titles, rows);
}
