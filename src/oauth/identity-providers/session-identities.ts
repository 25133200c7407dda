// With which account at an identity provider a session was begun: who signs out there is signed out here, and the other
// way round.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { CookieReply } from '../../common/cookie.js';
import { AccessDeniedError } from '../../common/oauth-error.js';
import { Sealer } from '../../common/sealer.js';
import { Database, type Transaction } from '../../database/database.js';
import type { BrowserRequest } from '../../sessions/cookies.js';
import type { Session } from '../../sessions/session.js';
import { SessionLifecycle } from '../../sessions/session-lifecycle.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { UserIdentities } from '../../users/user-identities.js';
import { type SessionIdentity, SessionIdentitiesRepository } from './session-identities.repository.js';
import type { UpstreamIdentity } from './upstream-identity.js';

const PURPOSE = 'upstream-id-token';

interface EndedAtProvider {
  issuer: string;
  sid?: string;
  subject?: string;
  /** Goes on all the same. */
  keepSession?: string;
}

@Injectable()
export class SessionIdentities implements OnModuleInit {
  constructor(
    private readonly repository: SessionIdentitiesRepository,
    private readonly sealer: Sealer,
    private readonly lifecycle: SessionLifecycle,
    private readonly sessions: SessionsService,
    private readonly identities: UserIdentities,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.lifecycle.onEnded((tx, sessionIds) => this.repository.delete(tx, sessionIds));
    this.identities.onUnlinked((tx, { issuer, subject }, keepSession) =>
      this.endIn(tx, { issuer, subject, keepSession }),
    );
  }

  /**
   * Begins a session with an identity of the user: both, or neither.
   * @throws AccessDeniedError when the account is disabled or has changed, the identity is no longer the user's, or the
   *   sign-in is too long ago
   */
  async begin(request: BrowserRequest, reply: CookieReply, userId: string, given: UpstreamIdentity): Promise<Session> {
    const { issuer, subject, provider, sid, idToken, amr, authTime } = given;
    const idTokenSealed = idToken && (await this.sealer.seal(PURPOSE, { idToken }));
    return this.sessions.startVerified(reply, userId, {
      request,
      amr,
      authTime,
      around: async (tx, begin) => {
        if (!(await this.identities.hold(tx, userId, given)))
          throw new AccessDeniedError('The account has changed. Sign in again.');
        const session = await begin();
        const sessionId = session.id;
        await this.repository.save(tx, { sessionId, userId, issuer, subject, provider, sid, idTokenSealed });
        return session;
      },
    });
  }

  /** @returns undefined when the session was begun here; the ID token as the provider gave it */
  async find(sessionId: string): Promise<(SessionIdentity & { idToken?: string }) | undefined> {
    const identity = await this.repository.find(sessionId);
    if (!identity?.idTokenSealed) return identity;
    const opened = await this.sealer.open<{ idToken: string }>(PURPOSE, identity.idTokenSealed);
    return { ...identity, idToken: opened?.idToken };
  }

  /**
   * Ends the sessions that were begun in a session of the provider, or all of somebody's where it names none.
   * @see OpenID Connect Back-Channel Logout §2.7
   */
  async end(ended: EndedAtProvider): Promise<void> {
    await this.database.transaction((tx) => this.endIn(tx, ended));
  }

  private async endIn(tx: Transaction, { issuer, sid, subject, keepSession }: EndedAtProvider): Promise<void> {
    const found =
      sid !== undefined
        ? await this.repository.findBySid(tx, issuer, sid, subject)
        : subject === undefined
          ? []
          : await this.repository.findBySubject(tx, issuer, subject);
    for (const { userId, sessionId } of found)
      if (sessionId !== keepSession) await this.sessions.endIn(tx, userId, sessionId);
  }
}
