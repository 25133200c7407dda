// Which account a command is about, and the password that it is given.
import type { User } from '../users/user.js';
import { Failure, UsageError } from './failure.js';
import { askSecret, isInteractive, readSecretLine } from './input.js';
import type { Services } from './services.js';

/** @param login a user name, e-mail address or id @throws Failure when there is none */
export async function findAccount({ users }: Services, login: string): Promise<User> {
  const user = (await users.findByLogin(login)) ?? (await users.findFresh(login));
  if (!user) throw new Failure('There is no such user.');
  return user;
}

/** The password for an account: from standard input, typed twice, or (undefined) to be generated. */
export async function readPassword(fromStdin: boolean | undefined): Promise<string | undefined> {
  if (fromStdin) return readSecretLine('password');
  if (!isInteractive()) return undefined;
  const password = await askSecret('Password (leave it empty to have one made): ');
  if (password === '') return undefined;
  if ((await askSecret('The same again: ')) !== password) throw new UsageError('The two are not the same.');
  return password;
}
