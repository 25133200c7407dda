// What pages of clients may learn of the browser's sign-in: a value that changes whenever somebody signs in or out. A
// script reads it from a cookie of its own, which gives no access to anything.
// @see OpenID Connect Session Management §3.2 https://openid.net/specs/openid-connect-session-1_0.html#OPiframe
import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { CookieReply } from '../common/cookie.js';
import { type BrowserRequest, Cookies } from './cookies.js';
import type { Session } from './session.js';

@Injectable()
export class BrowserState {
  constructor(private readonly cookies: Cookies) {}

  /** The name of the cookie on the wire. */
  get cookieName(): string {
    return this.cookies.nameOf('state');
  }

  /** Empty when nobody is signed in. */
  of(session: Session | undefined): string {
    if (!session) return '';
    return hash('sha256', `browser-state ${session.id} ${session.authTime.getTime()}`, 'base64url');
  }

  /** Gives the browser the state that it has now, if it has another one. */
  set(request: BrowserRequest, reply: CookieReply, session: Session | undefined): void {
    if ((this.cookies.read(request, 'state') ?? '') === this.of(session)) return;
    if (session) this.cookies.set(reply, 'state', this.of(session));
    else this.clear(reply);
  }

  /** The same, but only where a client has been told of an earlier state. */
  update(request: BrowserRequest, reply: CookieReply, session: Session): void {
    if (this.cookies.read(request, 'state') !== undefined) this.set(request, reply, session);
  }

  /** Nobody is signed in any more. */
  clear(reply: CookieReply): void {
    this.cookies.clear(reply, 'state');
  }
}
