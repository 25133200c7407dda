// Where the sessions of people who signed in with a provider are kept.
import type { OAuthToken, UserInfo } from './oauth-token.js';

/** Somebody who signed in with a provider, in one browser. All of it is JSON. */
export interface RemoteSession {
  /** The name under which the provider is registered. */
  readonly provider: string;
  /** `iss` of the ID token; absent without one. */
  readonly issuer?: string;
  /** `sub`: who it is at the provider. */
  readonly subject: string;
  /** `sid`: the session at the provider, where it tells. */
  readonly sid?: string;
  readonly user: UserInfo;
  readonly token: OAuthToken;
  /** Seconds since 1970. */
  readonly startedAt: number;
  /** Seconds since 1970 of about the last request. */
  readonly usedAt: number;
}

/** Which sessions a provider has ended: those of a session there, or all of a user. One of `sid` and `subject` is there. */
export interface EndedSessions {
  provider: string;
  issuer: string;
  subject?: string;
  sid?: string;
}

/**
 * Keeps sessions: for several processes over one database or Redis. Keys are hashes: whoever reads the store cannot
 * use one as a cookie; tokens are in the sessions, so that the store has to be as safe as they are.
 *
 * @example
 * class RedisSessions implements SessionStore {
 *   async create(key: string, session: RemoteSession, seconds: number) {
 *     await this.redis.set(`session:${key}`, JSON.stringify(session), { EX: seconds });
 *   }
 *   // …
 * }
 */
export interface SessionStore {
  /** @returns undefined when there is none, or it was forgotten */
  find(key: string): Promise<RemoteSession | undefined> | RemoteSession | undefined;
  /** @param seconds after which it is to be forgotten */
  create(key: string, session: RemoteSession, seconds: number): Promise<void> | void;
  /** Puts the members of the change in the place of what was there; a session that is gone stays so. */
  update(key: string, change: Partial<RemoteSession>, seconds: number): Promise<void> | void;
  delete(key: string): Promise<void> | void;
  /** Deletes the sessions that a provider has ended. */
  deleteEnded(ended: EndedSessions): Promise<void> | void;
}

/**
 * Is it one of those that the provider has ended? A session whose ID token named no session there ends with any of its user.
 * @example sessions.filter((session) => hasEnded(session, ended))
 */
export function hasEnded(session: RemoteSession, { provider, issuer, subject, sid }: EndedSessions): boolean {
  return (
    session.provider === provider &&
    session.issuer === issuer &&
    (subject !== undefined || sid !== undefined) &&
    (subject === undefined || session.subject === subject) &&
    (sid === undefined || session.sid === sid || (session.sid === undefined && subject !== undefined))
  );
}

interface Entry {
  session: RemoteSession;
  /** Milliseconds since 1970. */
  forgottenAt: number;
}

/** Sessions in the memory of this process; the one that was not used for the longest time makes room for a new one. */
export class MemorySessionStore implements SessionStore {
  /** Those that were used last are at the end. */
  private readonly entries = new Map<string, Entry>();

  /** @param maxSessions at a time */
  constructor(private readonly maxSessions = 10_000) {}

  find(key: string): RemoteSession | undefined {
    const entry = this.entries.get(key);
    this.entries.delete(key);
    if (!entry || entry.forgottenAt <= Date.now()) return undefined;
    this.entries.set(key, entry);
    return entry.session;
  }

  create(key: string, session: RemoteSession, seconds: number): void {
    this.entries.delete(key);
    if (this.entries.size >= this.maxSessions) this.entries.delete(this.entries.keys().next().value!);
    this.entries.set(key, { session, forgottenAt: Date.now() + seconds * 1000 });
  }

  update(key: string, change: Partial<RemoteSession>, seconds: number): void {
    const session = this.find(key);
    if (session) this.create(key, { ...session, ...change }, seconds);
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  deleteEnded(ended: EndedSessions): void {
    for (const [key, { session }] of this.entries) if (hasEnded(session, ended)) this.entries.delete(key);
  }
}
