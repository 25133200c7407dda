// Links that were sent: each good for one use within ten minutes. In memory, for an example with one process.
import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';

/** Milliseconds. */
const LIFETIME = 600_000;

@Injectable()
export class MagicLinks {
  private readonly sent = new Map<string, { login: string; until: number }>();

  create(login: string): string {
    const link = randomBytes(32).toString('base64url');
    this.sent.set(hash(link), { login, until: Date.now() + LIFETIME });
    return link;
  }

  /** @returns whose link it was; undefined when it is unknown, too old or was used before */
  consume(link: string): string | undefined {
    const found = this.sent.get(hash(link));
    this.sent.delete(hash(link));
    return found && found.until > Date.now() ? found.login : undefined;
  }
}

/** A copy of the memory is no bundle of keys. */
function hash(link: string): string {
  return createHash('sha256').update(link).digest('base64');
}
