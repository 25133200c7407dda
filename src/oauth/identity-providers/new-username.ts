// A user name for somebody who comes from an identity provider: what they are called there, made acceptable here.
import { randomInt } from 'node:crypto';
import { displayedUsername, usernameFault } from '../../users/canonical.js';

/** Leaves room for what makes a name unique. */
const MAX_LENGTH = 50;
const FALLBACK = 'user';

/** The first of the names that can be a user name here, or becomes one by leaving out what cannot be in it. */
export function usernameFrom(names: readonly string[]): string {
  for (const name of names) {
    const shown = displayedUsername(name.slice(0, 1000));
    // An address as a name: what stands before the @.
    const [before = ''] = shown.split('@');
    const usable = before.replace(/[\p{C}\p{Z}\s]+/gu, ' ').replace(/^[\p{M}\s]+/u, '');
    const short = [...usable].slice(0, MAX_LENGTH).join('').trim();
    if (usernameFault(short) === undefined) return short;
  }
  return FALLBACK;
}

/** The same with something behind it that nobody else has. */
export function anotherUsername(username: string): string {
  return `${username}-${randomInt(1000, 1_000_000)}`;
}
