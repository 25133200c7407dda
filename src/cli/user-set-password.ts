// Gives an account a new password, and ends what went on under the old one.
import type { Command } from 'commander';
import { findAccount, readPassword } from './account.js';
import { command } from './command.js';
import { Failure } from './failure.js';
import { print, printJson } from './output.js';
import { withServices } from './with-services.js';

interface Options {
  passwordStdin?: true;
  passwordOnly?: true;
  json?: true;
}

export function userSetPassword(): Command {
  return command({
    usage: 'set-password <user>',
    description:
      'Give an account (user name, e-mail address or id) a new password; its sessions and tokens end. At a terminal it asks ' +
      'for the password; otherwise one is made and shown once.',
    examples: {
      'Ask for it, or have one made:': '$0 user set-password alice',
      'From a file:': '$0 user set-password alice@example.com --password-stdin < password.txt',
    },
  })
    .option('--password-stdin', 'read the password from standard input')
    .option('--password-only', 'print nothing but a password that was made')
    .action(setPassword);
}

async function setPassword(login: string, options: Options): Promise<void> {
  const given = await readPassword(options.passwordStdin);
  const { generatePassword } = await import('../users/generated-password.js');
  const password = given ?? generatePassword();
  const user = await withServices(async (services) => {
    const account = await findAccount(services, login);
    if (!(await services.users.setPassword(account.id, password))) throw new Failure('There is no such user.');
    return account;
  });
  const shown = given === undefined ? password : undefined;
  if (options.passwordOnly) print(shown ?? '');
  else if (options.json) printJson({ id: user.id, username: user.username, password: shown });
  else {
    print('The password was changed; sessions and tokens of the account have ended.');
    if (shown !== undefined) print(`\nThe new password, shown this one time:\n\n  ${shown}`);
  }
}
