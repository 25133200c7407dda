// Passwords: argon2id, a few at a time, so that the threads they run on stay free for the rest of the server.
// @see RFC 9106 §4, NIST SP 800-63B §3.1.1.2 https://www.rfc-editor.org/rfc/rfc9106#section-4
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { TemporarilyUnavailableError } from '../common/oauth-error.js';
import { isStorableText } from '../common/parameters.js';
import { Semaphore } from '../common/semaphore.js';

export const MIN_PASSWORD_LENGTH = 8;
export const MAX_PASSWORD_LENGTH = 128;
/** UTF-16 units beyond which nothing is normalised or counted. */
const MAX_RAW_LENGTH = 4 * MAX_PASSWORD_LENGTH;

/** Algorithm.Argon2id; the package's enum is `const` and has no value here. */
const PARAMETERS = { algorithm: 2, memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };
/** Of the four threads that Node has for this. */
const CONCURRENT = 2;
/** About two seconds of work. */
const MAX_WAITING = 250;
const RETRY_AFTER = 5;
/** What the password of an account that has none is compared to: it takes the same time, and the answer is no. */
const DUMMY = '$argon2id$v=19$m=19456,t=2,p=1$Hb0vCX8jieZhkLOlnFb4xw$RGt43UcHOSztiHW70H5AmR0Sn8QnMzl7rxgegFNRf3w';

@Injectable()
export class PasswordHasher {
  private readonly semaphore = new Semaphore(CONCURRENT, MAX_WAITING);

  /** @throws TemporarilyUnavailableError when too many are waiting */
  hash(password: string): Promise<string> {
    return this.run(() => hash(normalize(password), PARAMETERS));
  }

  /**
   * Is it the password of this hash? Without a hash the answer is no, after the same time.
   * @throws TemporarilyUnavailableError when too many are waiting
   */
  async verify(stored: string | undefined, password: string): Promise<boolean> {
    // Said before any hashing, whether or not there is such an account.
    if (!canBePassword(password)) return false;
    const matches = await this.run(() => verify(stored ?? DUMMY, normalize(password)).catch(() => false));
    return matches && stored !== undefined;
  }

  private run<T>(task: () => Promise<T>): Promise<T> {
    if (this.semaphore.isFull) {
      throw new TemporarilyUnavailableError(
        'Too many people sign in at this moment.',
        RETRY_AFTER,
        'password queue full',
      );
    }
    return this.semaphore.run(task);
  }
}

/** What is wrong with a new password; undefined when nothing is. */
export function passwordFault(password: string): string | undefined {
  const lengthFault = `must have ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters`;
  if (password.length > MAX_RAW_LENGTH) return lengthFault;
  if (!isStorableText(password)) return 'has characters that are not allowed';
  const length = [...normalize(password)].length;
  return length < MIN_PASSWORD_LENGTH || length > MAX_PASSWORD_LENGTH ? lengthFault : undefined;
}

function canBePassword(password: string): boolean {
  return password.length <= MAX_RAW_LENGTH && [...normalize(password)].length <= MAX_PASSWORD_LENGTH;
}

function normalize(password: string): string {
  return password.normalize('NFKC');
}
