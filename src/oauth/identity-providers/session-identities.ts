// With which account at an identity provider a session was begun: who signs out there is signed out here, and the other
// way round.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Sealer } from '../../common/sealer.js';
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
  ) {}

  onModuleInit(): void {
    this.lifecycle.onEnded((tx, sessionIds) => this.repository.delete(tx, sessionIds));
    this.identities.onUnlinked(({ issuer, subject }, keepSession) => this.end({ issuer, subject, keepSession }));
  }

  async remember(sessionId: string, identity: UpstreamIdentity): Promise<void> {
    const { issuer, subject, provider, sid, idToken } = identity;
    const idTokenSealed = idToken && (await this.sealer.seal(PURPOSE, { idToken }));
    await this.repository.save({ sessionId, issuer, subject, provider, sid, idTokenSealed });
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
  async end({ issuer, sid, subject, keepSession }: EndedAtProvider): Promise<void> {
    const found =
      sid !== undefined
        ? await this.repository.findBySid(issuer, sid, subject)
        : subject === undefined
          ? []
          : await this.repository.findBySubject(issuer, subject);
    for (const { userId, sessionId } of found)
      if (sessionId !== keepSession) await this.sessions.endById(userId, sessionId);
  }
}
