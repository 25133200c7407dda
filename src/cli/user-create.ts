// Creates an account.
import type { Command } from 'commander';
import type { User } from '../users/user.js';
import { readPassword } from './account.js';
import { command, list } from './command.js';
import { details, print, printJson } from './output.js';
import { withServices } from './with-services.js';

interface Options {
  email?: string;
  emailVerified?: true;
  name?: string;
  role?: string[];
  passwordStdin?: true;
  passwordOnly?: true;
  json?: true;
}

export function userCreate(): Command {
  return command({
    usage: 'create <username>',
    description: 'Create an account. At a terminal it asks for the password; otherwise one is made and shown once.',
    examples: {
      'Somebody with an e-mail address:': '$0 user create alice --email alice@example.com --name "Alice Example"',
      'An administrator of this server:': '$0 user create carol --role admin',
      'With a password from a file:': '$0 user create bob --password-stdin < password.txt',
    },
  })
    .option('--email <address>', 'e-mail address')
    .option('--email-verified', 'the address was checked')
    .option('--name <name>', 'full name')
    .option('--role <role>', 'role, e.g. admin; may be repeated', list)
    .option('--password-stdin', 'read the password from standard input')
    .option('--password-only', 'print nothing but a password that was made')
    .action(create);
}

async function create(username: string, options: Options): Promise<void> {
  const given = await readPassword(options.passwordStdin);
  const { generatePassword } = await import('../users/generated-password.js');
  const password = given ?? generatePassword();
  const { email, emailVerified, name, role: roles } = options;
  const user = await withServices(({ users }) =>
    users.create(
      { username, password, email, emailVerified, roles, claims: name === undefined ? {} : { name } },
      'administrator',
    ),
  );
  const shown = given === undefined ? password : undefined;
  if (options.passwordOnly) print(shown ?? '');
  else if (options.json) {
    const { userToWire } = await import('../users/user-wire.js');
    printJson({ ...userToWire(user), password: shown });
  } else print(inWords(user, shown));
}

function inWords({ id, username, email, roles }: User, password: string | undefined): string {
  const once = password === undefined ? '' : ' The password was made for it and is shown this one time:';
  const given = { username, email, roles: roles.length > 0 ? roles : undefined, password, id };
  return `The account was created.${once}\n\n${details(given)}`;
}
