// What clients have signed is taken once, also by several instances at the same moment.
// @see RFC 7523 §3 https://www.rfc-editor.org/rfc/rfc7523#section-3
import { Injectable } from '@nestjs/common';
import { hashSecret } from '../common/credential.js';
import { UsedAssertionsRepository } from './used-assertions.repository.js';

/** Seconds for which it is remembered after its end: clocks differ. */
const MARGIN = 60;

@Injectable()
export class UsedAssertions {
  constructor(private readonly repository: UsedAssertionsRepository) {}

  /**
   * @param exp when the assertion ends, in seconds since 1970
   * @returns false when it was used before
   */
  consume(clientId: string, jti: string, exp: number): Promise<boolean> {
    return this.repository.consume(hashSecret(JSON.stringify([clientId, jti])), exp + MARGIN);
  }

  /** @returns how many; fewer than `limit` is all */
  removeExpired(limit: number): Promise<number> {
    return this.repository.deleteExpired(limit);
  }
}
