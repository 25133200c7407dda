// A password for somebody who has not chosen one: shown once, easy to type.
import { randomInt } from 'node:crypto';

/** Without those that look alike: 20 of them are 98 bits. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const LENGTH = 20;

export function generatePassword(): string {
  return Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}
