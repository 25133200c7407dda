// Begins sessions in browsers: by password, with a new account, or for a user whom the host application has verified.
import { Injectable } from '@nestjs/common';
import type { CookieReply } from '../common/cookie.js';
import { UsersService } from '../users/users.service.js';
import type { Throttled } from './attempt-limiter.js';
import type { BrowserRequest } from './cookies.js';
import type { Session } from './session.js';
import { SessionsService, type SignedIn } from './sessions.service.js';
import { SignInService } from './sign-in.service.js';

const PASSWORD = ['pwd'];

/** The browser in which somebody signs in. */
export interface SignInBrowser {
  request: BrowserRequest;
  reply: CookieReply;
  /** The session that was there before, when the caller has it already. */
  session?: Session;
}

/** What the host application knows of a sign-in that it has made itself. */
export interface VerifiedSignIn {
  /** How the user proved who they are, e.g. `['pwd', 'otp']` (RFC 8176): ID tokens tell it, and `acr` follows from it. */
  amr: readonly string[];
  /** When; absent: just now. Clients that ask for a fresh sign-in (`max_age`, `prompt=login`) compare it. */
  authTime?: Date;
}

/**
 * Begins sessions in browsers: by password, with a new account, or for a user whom the host application has verified.
 */
@Injectable()
export class BrowserSignIn {
  constructor(
    private readonly signIns: SignInService,
    private readonly sessions: SessionsService,
    private readonly users: UsersService,
  ) {}

  /** `retryAfter`: too many failures, the password was not looked at. */
  async byPassword(
    { login, password }: { login: string; password: string },
    { request, reply, session }: SignInBrowser,
  ): Promise<SignedIn | Throttled | { failed: true }> {
    const result = await this.signIns.signIn({ login, password, request });
    if (!('user' in result)) return result;
    const { user } = result;
    return { user, session: await this.sessions.start(reply, user, { request, amr: PASSWORD, replaces: session }) };
  }

  /** @throws UserInputError when there can be no such account */
  async withNewAccount(
    account: { username: string; email?: string; password: string },
    { request, reply, session }: SignInBrowser,
  ): Promise<SignedIn> {
    const user = await this.users.create(account, 'self-service');
    return { user, session: await this.sessions.start(reply, user, { request, amr: PASSWORD, replaces: session }) };
  }

  /**
   * Begins a session of this server for a user whom the application has signed in by means of its own. What waits for the
   * sign-in goes on with `Interactions.resume`. The application has made sure that the request is the user's own will (CSRF).
   *
   * @param request Fastify's or Express's
   * @param reply gets the cookies of the session
   * @returns the session; hand it to `Interactions.resume` in the same request
   * @throws AccessDeniedError when there is no such user, the account is disabled, or `authTime` is longer ago than
   *   `lifetimes.sessionAbsolute`
   * @example
   * const session = await this.signIn.signInUser(request, reply, account.id, { amr: ['pwd', 'otp'] });
   * const answer = await this.interactions.resume(body.interaction, { request, reply, session });
   */
  signInUser(
    request: BrowserRequest,
    reply: CookieReply,
    userId: string,
    { amr, authTime }: VerifiedSignIn,
  ): Promise<Session> {
    return this.sessions.startVerified(reply, userId, { request, amr, authTime });
  }
}
