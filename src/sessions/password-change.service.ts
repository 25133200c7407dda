// Changing one's own password: all other sessions and all grants end, this session goes on under a new key.
import { Injectable } from '@nestjs/common';
import { UserInputError } from '../users/user-input-error.js';
import { UsersService } from '../users/users.service.js';
import { AttemptLimiter, type AttemptOutcome, counters, type Throttled } from './attempt-limiter.js';
import type { CookieReply } from '../common/cookie.js';
import type { Session } from './session.js';
import { SessionsService } from './sessions.service.js';

@Injectable()
export class PasswordChangeService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly limiter: AttemptLimiter,
  ) {}

  /**
   * @returns undefined when it is done; `retryAfter` when the present password was wrong too often
   * @throws UserInputError naming `current_password` or `new_password`
   */
  async change(session: Session, current: string, next: string, reply: CookieReply): Promise<Throttled | undefined> {
    const result = await this.limiter.run([counters.passwordChange(session.userId)], () =>
      this.attempt(session, current, next),
    );
    if ('retryAfter' in result) return result;
    if (result.refusal) throw result.refusal;
    await this.sessions.renew(session, reply);
    return undefined;
  }

  /**
   * The first password of somebody who has none; the other sessions and all grants end.
   * @returns false when they have one meanwhile
   * @throws UserInputError naming `new_password`
   */
  async setFirst(session: Session, next: string, reply: CookieReply): Promise<boolean> {
    const done = await this.users.setFirstPassword(session.userId, next, { sessionId: session.id });
    if (done) await this.sessions.renew(session, reply);
    return done;
  }

  private async attempt(
    session: Session,
    current: string,
    next: string,
  ): Promise<{ outcome: AttemptOutcome; refusal?: UserInputError }> {
    try {
      await this.users.changePassword(session.userId, current, next, { sessionId: session.id });
      return { outcome: 'succeeded' };
    } catch (refusal) {
      if (!(refusal instanceof UserInputError)) throw refusal;
      const guessed = refusal.faults.some(({ member }) => member === 'current_password');
      return { outcome: guessed ? 'failed' : 'void', refusal };
    }
  }
}
