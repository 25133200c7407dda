// Signing in with a password: unknown and known accounts get the same answer in the same time, and guessing is slow.
// @see RFC 6749 §4.3.2, OWASP Authentication Cheat Sheet https://www.rfc-editor.org/rfc/rfc6749#section-4.3.2
import { Injectable } from '@nestjs/common';
import { EventBus } from '../events/event-bus.js';
import { canonicalLogin } from '../users/canonical.js';
import type { User } from '../users/user.js';
import { UsersService } from '../users/users.service.js';
import { addressOf, countedAddress } from './address.js';
import { AttemptLimiter, type AttemptOutcome, type Counter, counters, type Throttled } from './attempt-limiter.js';
import type { BrowserRequest } from './cookies.js';
import { KnownBrowser } from './known-browser.js';

const MAX_LOGIN_LENGTH = 512;

export interface SignInAttempt {
  /** A user name or an e-mail address. */
  login: string;
  password: string;
  /** Where it comes from: its address, and the cookie of a browser that signed in before. */
  request: BrowserRequest;
}

/** `retryAfter`: too many failures, the password was not looked at. */
export type SignInResult = { user: User } | Throttled | { failed: true };

/** Checks passwords: unknown and known accounts get the same answer in the same time, and guessing is slow. */
@Injectable()
export class SignInService {
  constructor(
    private readonly users: UsersService,
    private readonly knownBrowser: KnownBrowser,
    private readonly limiter: AttemptLimiter,
    private readonly events: EventBus,
  ) {}

  /**
   * Checks who it is; what follows (a session, a token) is up to the caller.
   * @throws TemporarilyUnavailableError when too many passwords are being checked
   * @example
   * const result = await signIn.signIn({ login, password, request });
   * if ('user' in result) await sessions.start(reply, result.user, { request, amr: ['pwd'] });
   */
  async signIn({ login, password, request }: SignInAttempt): Promise<SignInResult> {
    const address = addressOf(request);
    const result = await this.limiter.run(await this.countersOf(login, address, request), async () => {
      const { verified, user } = await this.users.checkPassword(login, password);
      const outcome: AttemptOutcome = verified ? 'succeeded' : 'failed';
      return { outcome, user };
    });
    if ('retryAfter' in result) return result;
    const { outcome, user } = result;
    if (outcome !== 'succeeded' || !user) {
      this.events.emit('user.sign_in_failed', { userId: user?.id, address });
      return { failed: true };
    }
    this.events.emit('user.signed_in', { userId: user.id });
    return { user };
  }

  /** A browser that signed in to the account before has a count of its own: others cannot lock its owner out. */
  private async countersOf(login: string, address: string, request: BrowserRequest): Promise<[Counter, ...Counter[]]> {
    const known = await this.knownBrowser.find(request);
    if (known) {
      const user = await this.users.findByLogin(login);
      if (user && known.userIds.includes(user.id)) return [counters.knownBrowser(known.browser, user.id)];
    }
    const account = counters.account(canonicalLogin(login.slice(0, MAX_LOGIN_LENGTH)));
    const from = countedAddress(address);
    return from === undefined ? [account] : [account, counters.address(from)];
  }
}
