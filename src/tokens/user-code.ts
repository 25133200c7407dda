// User codes: short enough to type, without vowels so that they spell nothing, and without letters that look alike.
// @see RFC 8628 §6.1 https://www.rfc-editor.org/rfc/rfc8628#section-6.1
import { randomInt } from 'node:crypto';

const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const LENGTH = 8;
const CODE = new RegExp(`^[${LETTERS}]{${LENGTH}}$`);
/** What people type between the letters: spaces, hyphens and what keyboards make of them. */
const PUNCTUATION = /[\s\p{Pd}\u2212_.]/gu;
const MAX_TYPED = 100;

/** Eight of twenty letters, about 34 bits: `WDJB-MJHT`. */
export function generateUserCode(): string {
  const letters = Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return `${letters.slice(0, LENGTH / 2)}-${letters.slice(LENGTH / 2)}`;
}

/** The user code that somebody typed, in whatever case and with whatever punctuation; undefined when it is none. */
export function parseUserCode(typed: string): string | undefined {
  if (typed.length > MAX_TYPED) return undefined;
  const letters = typed.normalize('NFKC').replace(PUNCTUATION, '').toUpperCase();
  return CODE.test(letters) ? `${letters.slice(0, LENGTH / 2)}-${letters.slice(LENGTH / 2)}` : undefined;
}
