// Sessions of people who signed in with a provider: a cookie with a random id, of which the store has the hash.
import { Injectable } from '@nestjs/common';
import { appendSetCookie, findCookie } from '../common/cookie.js';
import { generateCredential, hashSecret } from '../common/credential.js';
import { currentRequest, presenceOf } from './current-request.js';
import type { ClientReply, ClientRequest } from './oauth-client.js';
import type { ReplacedToken, TokenContext } from './oauth-client.options.js';
import type { OAuthToken, UserInfo } from './oauth-token.js';
import { isSecure } from './own-url.js';
import type { RemoteSessionOptions } from './remote-sessions.options.js';
import { type EndedSessions, MemorySessionStore, type RemoteSession, type SessionStore } from './session-store.js';

/** Somebody who has just come back from a provider. */
export interface RemoteSignInResult {
  provider: string;
  user: UserInfo;
  token: OAuthToken;
}

/** Sessions of people who signed in with a provider. `@SignInWith` begins them. */
@Injectable()
export class RemoteSessions {
  /** Is the request at hand in whatever is called? */
  readonly callChain: boolean;
  private readonly store: SessionStore;
  private readonly cookieName: string;
  private readonly idle: number;
  private readonly absolute: number;

  /** @param publicUrl where browsers reach the application; default: what the request says */
  constructor(
    { store, cookieName, idle, absolute, callChain }: RemoteSessionOptions = {},
    readonly publicUrl?: string,
  ) {
    this.callChain = callChain ?? true;
    this.store = store ?? new MemorySessionStore();
    this.cookieName = cookieName ?? 'remote-session';
    this.idle = idle ?? 8 * 3600;
    this.absolute = absolute ?? 7 * 86400;
  }

  /**
   * The session of a request; undefined when nobody is signed in.
   * @example const session = await sessions.find(request);
   */
  find(request: ClientRequest): Promise<RemoteSession | undefined> {
    return (presenceOf(request).session ??= this.load(request));
  }

  /**
   * Begins a session in the browser of the request, in the place of the one that it has.
   * @example await sessions.begin(request, reply, { provider: 'google', user: token.userinfo!, token });
   */
  async begin(request: ClientRequest, reply: ClientReply, signIn: RemoteSignInResult): Promise<RemoteSession> {
    await this.forget(request);
    const id = generateCredential();
    const key = keyOf(id);
    const session = sessionFor(signIn);
    await this.store.create(key, session, this.secondsLeft(session));
    Object.assign(presenceOf(request), { key, session: Promise.resolve(session) });
    appendSetCookie(reply, this.cookie(request, id));
    return session;
  }

  /**
   * Ends the session of a request, here alone: see {@link OAuthClient.logoutRedirect} for the provider.
   * @returns the one that has ended
   * @example const ended = await sessions.end(request, reply);
   */
  async end(request: ClientRequest, reply: ClientReply): Promise<RemoteSession | undefined> {
    const session = await this.find(request);
    await this.forget(request);
    Object.assign(presenceOf(request), { key: null, session: Promise.resolve(undefined) });
    appendSetCookie(reply, `${this.cookie(request, '')}; Max-Age=0`);
    return session;
  }

  /** Ends the sessions that a provider says have ended there. */
  async endRemote(ended: EndedSessions): Promise<void> {
    await this.store.deleteEnded(ended);
  }

  /** The token of whoever a request is made for, as it is at this moment: another request may have renewed it. */
  async fetchToken(name: string, { request = currentRequest() }: TokenContext): Promise<OAuthToken | undefined> {
    if (typeof request !== 'object' || request === null) return undefined;
    const session = presenceOf(request).presented ?? (await this.read(request as ClientRequest))?.session;
    return session?.provider === name ? session.token : undefined;
  }

  /** Puts a renewed token into the session of whoever a request is made for. */
  async updateToken(
    token: OAuthToken,
    replaced: ReplacedToken,
    { request = currentRequest() }: TokenContext,
  ): Promise<void> {
    if (typeof request !== 'object' || request === null) return;
    const presence = presenceOf(request);
    if (presence.presented && isReplaced(presence.presented.token, replaced)) {
      presence.presented = { ...presence.presented, token };
      return;
    }
    const found = await this.read(request as ClientRequest);
    if (!found || !isReplaced(found.session.token, replaced)) return;
    const changed = { ...found.session, token };
    await this.store.update(found.key, { token }, this.secondsLeft(changed));
    presence.session = Promise.resolve(changed);
  }

  /** The session of a request, as the store has it. */
  private async read(request: ClientRequest): Promise<{ key: string; session: RemoteSession } | undefined> {
    const key = this.keyIn(request);
    const session = key === undefined ? undefined : await this.store.find(key);
    return key !== undefined && session && this.secondsLeft(session) > 0 ? { key, session } : undefined;
  }

  private async load(request: ClientRequest): Promise<RemoteSession | undefined> {
    const found = await this.read(request);
    if (!found) return undefined;
    const usedAt = now();
    // Not with every request: a store may be a database.
    if (usedAt - found.session.usedAt >= Math.min(60, this.idle / 10)) {
      const left = this.secondsLeft({ ...found.session, usedAt });
      await this.store.update(found.key, { usedAt }, left);
    }
    return found.session;
  }

  private async forget(request: ClientRequest): Promise<void> {
    const key = this.keyIn(request);
    if (key !== undefined) await this.store.delete(key);
  }

  private keyIn(request: ClientRequest): string | undefined {
    const { key } = presenceOf(request);
    if (key !== undefined) return key ?? undefined;
    const id = findCookie(request.headers.cookie ?? '', this.nameFor(request));
    return id ? keyOf(id) : undefined;
  }

  private secondsLeft({ startedAt, usedAt }: RemoteSession): number {
    return Math.max(0, Math.min(startedAt + this.absolute, usedAt + this.idle) - now());
  }

  private nameFor(request: ClientRequest): string {
    return isSecure(request, this.publicUrl) ? `__Host-${this.cookieName}` : this.cookieName;
  }

  private cookie(request: ClientRequest, value: string): string {
    const secure = isSecure(request, this.publicUrl) ? '; Secure' : '';
    return `${this.nameFor(request)}=${value}; Path=/; HttpOnly; SameSite=Lax${secure}`;
  }
}

/** Makes the sessions findable for whoever has no more than the request. */
export function attachSessions(request: object, sessions: RemoteSessions): void {
  presenceOf(request).find = (asked) => sessions.find(asked);
}

/** Somebody who has come back, as a session that is not stored. */
export function sessionFor({ provider, user, token }: RemoteSignInResult): RemoteSession {
  const { iss, sid }: Partial<UserInfo> = token.userinfo ?? {};
  return {
    provider,
    ...(typeof iss === 'string' && { issuer: iss }),
    subject: user.sub,
    ...(typeof sid === 'string' && { sid }),
    user,
    token,
    startedAt: now(),
    usedAt: now(),
  };
}

function isReplaced(token: OAuthToken, { refreshToken, accessToken }: ReplacedToken): boolean {
  return refreshToken !== undefined
    ? token.refresh_token === refreshToken
    : accessToken !== undefined && token.access_token === accessToken;
}

function keyOf(id: string): string {
  return hashSecret(id).toString('base64url');
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
