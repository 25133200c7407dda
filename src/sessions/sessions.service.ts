// Browser sessions: found by their cookie with every request, begun at sign-in, ended with the tokens bound to them.
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { CookieReply } from '../common/cookie.js';
import { ADMINISTRATION_SCOPES } from '../clients/client-metadata.js';
import { credentialKey, generateCredential } from '../common/credential.js';
import { AccessDeniedError } from '../common/oauth-error.js';
import { ServerOptions } from '../config/options.js';
import { Database, type Transaction } from '../database/database.js';
import { EventBus } from '../events/event-bus.js';
import { GrantsService } from '../tokens/grants.service.js';
import type { User } from '../users/user.js';
import { UserLifecycle } from '../users/user-lifecycle.js';
import { UsersService } from '../users/users.service.js';
import { addressOf } from './address.js';
import { BrowserState } from './browser-state.js';
import { type BrowserRequest, Cookies } from './cookies.js';
import { KnownBrowser } from './known-browser.js';
import { SessionLifecycle } from './session-lifecycle.js';
import type { Session } from './session.js';
import { type NewSession, SessionsRepository } from './sessions.repository.js';

const COOKIE_VALUE = /^[A-Za-z0-9_-]{48}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Seconds. */
const TOUCH_INTERVAL = 60;
const MAX_USER_AGENT_LENGTH = 300;

/** How a session begins. */
export interface SessionStart {
  request: BrowserRequest;
  /** How the user proved who they are, e.g. `['pwd']` (RFC 8176). */
  amr: readonly string[];
  /** When; absent: just now. */
  authTime?: Date;
  /** The session that was there before, when the caller has it already. */
  replaces?: Session;
  /** What has to hold or to happen in the same transaction; `begin` stores the session. */
  around?: (tx: Transaction, begin: () => Promise<Session>) => Promise<Session>;
}

/** A session and whose it is. */
export interface SignedIn {
  session: Session;
  user: User;
}

/**
 * Browser sessions: found by their cookie with every request, begun at sign-in, ended with the tokens bound to them.
 */
@Injectable()
export class SessionsService implements OnModuleInit {
  private readonly logger = new Logger(SessionsService.name);
  private readonly touching = new Set<string>();

  constructor(
    private readonly repository: SessionsRepository,
    private readonly cookies: Cookies,
    private readonly browserState: BrowserState,
    private readonly knownBrowser: KnownBrowser,
    private readonly users: UsersService,
    private readonly userLifecycle: UserLifecycle,
    private readonly lifecycle: SessionLifecycle,
    private readonly grants: GrantsService,
    private readonly database: Database,
    private readonly events: EventBus,
    private readonly options: ServerOptions,
  ) {}

  onModuleInit(): void {
    this.userLifecycle.onAccessEnded(async (tx, userId, reason, keep) => {
      if (reason === 'role_lost') return this.grants.revokeByUserScopes(tx, userId, ADMINISTRATION_SCOPES, reason);
      if (keep?.sessionId !== undefined) await this.repository.hold(tx, keep.sessionId);
      await this.lifecycle.end(tx, await this.repository.deleteOf(tx, userId, keep?.sessionId));
      await this.grants.revokeByUser(tx, userId, reason);
    });
    this.userLifecycle.onDeleted((tx, userId) => this.grants.deleteOf(tx, { userId }));
  }

  /** The live session of the browser that sends the request. */
  async find(request: BrowserRequest): Promise<Session | undefined> {
    const value = this.cookies.read(request, 'session');
    if (value === undefined || !COOKIE_VALUE.test(value)) return undefined;
    const session = await this.repository.find(credentialKey(value));
    if (session && Date.now() - session.lastSeenAt.getTime() > TOUCH_INTERVAL * 1000) this.touch(session);
    return session;
  }

  /** The session and whose it is; undefined when their account is disabled or gone. */
  async withUser(session: Session | undefined): Promise<SignedIn | undefined> {
    const user = session && (await this.users.find(session.userId));
    return session && user && !user.disabled ? { session, user } : undefined;
  }

  /**
   * Signs the user in in this browser, under a session key that nobody has seen before (session fixation). The session
   * that was there ends, unless it is the same user's: then it goes on, and so do the tokens bound to it.
   *
   * @throws AccessDeniedError when the account was disabled or changed since `user` was read
   */
  async start(reply: CookieReply, user: User, start: SessionStart): Promise<Session> {
    const { request, amr, authTime, replaces, around } = start;
    const present = replaces ?? (await this.find(request));
    const value = generateCredential();
    const { sessionIdle, sessionAbsolute } = this.options.lifetimes;
    const next: NewSession = {
      key: credentialKey(value),
      userId: user.id,
      amr,
      userAgent: (request.headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT_LENGTH),
      address: addressOf(request),
      authTime,
      idle: sessionIdle,
      absolute: sessionAbsolute,
    };
    const session = await this.database.transaction(async (tx) => {
      if (!(await this.users.hold(tx, user))) throw new AccessDeniedError('The account has changed. Sign in again.');
      const begin = (): Promise<Session> => this.store(tx, next, present);
      return around ? around(tx, begin) : begin();
    });
    this.cookies.set(reply, 'session', value);
    this.browserState.update(request, reply, session);
    await this.knownBrowser.remember(request, reply, user.id);
    return session;
  }

  /**
   * The same for somebody who has proven elsewhere who they are.
   * @throws AccessDeniedError when there is no such user, the account is disabled, or `authTime` is longer ago than
   *   `lifetimes.sessionAbsolute`
   */
  async startVerified(reply: CookieReply, userId: string, start: SessionStart): Promise<Session> {
    const user = await this.users.get(userId);
    const age = start.authTime === undefined ? 0 : (Date.now() - start.authTime.getTime()) / 1000;
    if (!(age < this.options.lifetimes.sessionAbsolute))
      throw new AccessDeniedError('The sign-in is longer ago than a session lasts. Sign in again.');
    const session = await this.start(reply, user, start);
    this.events.emit('user.signed_in', { userId: user.id });
    return session;
  }

  /** Gives the session a new key, e.g. after a change of password. @returns false when it has ended */
  async renew(session: Session, reply: CookieReply): Promise<boolean> {
    const value = generateCredential();
    const found = await this.repository.renew(session.id, credentialKey(value));
    if (found) this.cookies.set(reply, 'session', value);
    return found;
  }

  /** Signs out. @param reply of the session's own browser, which forgets its cookie */
  async end(session: Session, reply?: CookieReply): Promise<void> {
    await this.endById(session.userId, session.id);
    if (!reply) return;
    this.cookies.clear(reply, 'session');
    this.browserState.clear(reply);
  }

  /** Ends a session of the user, wherever its browser is. @returns false when there is no such session */
  async endById(userId: string, sessionId: string): Promise<boolean> {
    if (!UUID.test(sessionId)) return false;
    return this.database.transaction((tx) => this.endIn(tx, userId, sessionId));
  }

  /** The same within a transaction. @param sessionId as it is stored */
  async endIn(tx: Transaction, userId: string, sessionId: string): Promise<boolean> {
    const found = await this.repository.delete(tx, userId, sessionId);
    if (found) {
      await this.endTokens(tx, [sessionId]);
      tx.afterCommit(() => this.events.emit('user.signed_out', { userId }));
    }
    return found;
  }

  /** Ends every session of the user but one. @returns how many */
  async endAllOf(userId: string, exceptSessionId?: string): Promise<number> {
    return this.database.transaction(async (tx) => {
      const ended = await this.repository.deleteOf(tx, userId, exceptSessionId);
      await this.endTokens(tx, ended);
      if (ended.length > 0) tx.afterCommit(() => this.events.emit('user.signed_out', { userId }));
      return ended.length;
    });
  }

  /** Where the user is signed in, the last used first. */
  async listOf(userId: string): Promise<Session[]> {
    return this.repository.listOf(userId);
  }

  /** Removes sessions that have expired, and ends the tokens bound to them. @returns how many; fewer than `limit` is all */
  removeExpired(limit: number): Promise<number> {
    return this.database.transaction(async (tx) => {
      const expired = await this.repository.deleteExpired(tx, limit);
      await this.endTokens(tx, expired);
      return expired.length;
    });
  }

  private async store(tx: Transaction, next: NewSession, present: Session | undefined): Promise<Session> {
    if (present?.userId === next.userId) {
      const repeated = await this.repository.repeat(tx, present.id, next);
      if (repeated) return repeated;
    } else if (present) await this.endIn(tx, present.userId, present.id);
    return this.repository.insert(tx, next);
  }

  /** Ends what lives only as long as these sessions, and tells whoever has to know. */
  private async endTokens(tx: Transaction, sessionIds: readonly string[]): Promise<void> {
    await this.lifecycle.end(tx, sessionIds);
    await this.grants.revokeBySession(tx, sessionIds, 'signed_out');
  }

  /** Nobody waits for it, and the session is good without it. */
  private touch(session: Session): void {
    if (this.touching.has(session.id)) return;
    this.touching.add(session.id);
    const { sessionIdle, sessionAbsolute } = this.options.lifetimes;
    this.repository
      .touch(session.id, sessionIdle, sessionAbsolute, TOUCH_INTERVAL)
      .catch((error: unknown) => {
        this.logger.warn(`A session was not prolonged: ${error instanceof Error ? error.message : 'unknown error'}`);
      })
      .finally(() => this.touching.delete(session.id));
  }
}
