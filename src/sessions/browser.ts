// Which browser a request comes from, signed in or not: binds interactions and form tokens to it.
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { CookieReply } from '../common/cookie.js';
import { type BrowserRequest, Cookies } from './cookies.js';

const BROWSER_ID = /^[A-Za-z0-9_-]{32}$/;

@Injectable()
export class Browser {
  /** Ids given during a request that is going on; Fastify's request and the protocol's share the headers. */
  private readonly given = new WeakMap<object, string>();

  constructor(private readonly cookies: Cookies) {}

  find(request: BrowserRequest): string | undefined {
    const id = this.cookies.read(request, 'browser');
    return id !== undefined && BROWSER_ID.test(id) ? id : this.given.get(request.headers);
  }

  /** The browser's id; it gets one with this reply when it has none. */
  identify(request: BrowserRequest, reply: CookieReply): string {
    const present = this.find(request);
    if (present !== undefined) return present;
    const id = randomBytes(24).toString('base64url');
    this.given.set(request.headers, id);
    this.cookies.set(reply, 'browser', id);
    return id;
  }
}
