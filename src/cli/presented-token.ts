// The token that a command is about.
import { UsageError } from './failure.js';
import { askSecret, isInteractive, readSecretLine } from './input.js';

/** From the argument, typed without echo, or from standard input. */
export async function readToken(argument: string | undefined): Promise<string> {
  const token = (argument ?? (isInteractive() ? await askSecret('Token: ') : readSecretLine('token'))).trim();
  if (token === '') throw new UsageError('There is no token.');
  return token;
}
