// Cookies of the browser: read, set and cleared with the protection that the issuer's scheme allows.
// @see RFC 6265bis §4.1.2, §4.1.3.2 https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis
import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { appendSetCookie, type CookieReply, findCookie } from '../common/cookie.js';
import { ServerOptions } from '../config/options.js';

/** What is read of a request: cookies, and where it comes from. Requests of Fastify, Express and the protocol have it. */
export interface BrowserRequest {
  headers: IncomingHttpHeaders;
  /** Fastify and Express. */
  ip?: string;
  /** OAuthRequest. */
  address?: string;
}

/**
 * `session`: who is signed in; `browser`: which browser it is; `known`: who has signed in there before; `state`: changes
 * with the sign-in, for the script of the session frame; `waiting0` and on, `signing-out`:
 * what waits for an answer of an identity provider.
 */
export type CookieName = 'session' | 'browser' | 'known' | 'state' | `waiting${number}` | 'signing-out';

@Injectable()
export class Cookies {
  private readonly prefix: string;
  private readonly suffix: string;
  private readonly attributes: string;
  private readonly readableAttributes: string;

  constructor(options: ServerOptions) {
    // A __Host- cookie cannot be set by a sibling domain or over http.
    this.prefix = options.secure ? '__Host-nas_' : 'nas_';
    // Cookies do not know ports and these know no paths: servers beside each other use names of their own.
    const port = options.secure ? '' : `_${new URL(options.origin).port || '80'}`;
    this.suffix = port + options.basePath.replace(/[^A-Za-z0-9]+/g, '_');
    this.attributes = `; Path=/; HttpOnly; SameSite=Lax${options.secure ? '; Secure' : ''}`;
    // A frame on another site reads it; over http browsers let only a frame on the same one.
    this.readableAttributes = `; Path=/; ${options.secure ? 'SameSite=None; Secure' : 'SameSite=Lax'}`;
  }

  read(request: BrowserRequest, name: CookieName): string | undefined {
    const header = request.headers.cookie;
    return header === undefined ? undefined : findCookie(header, this.nameOf(name));
  }

  /** @param maxAge seconds; without it the browser forgets the cookie when it is closed */
  set(reply: CookieReply, name: CookieName, value: string, maxAge?: number): void {
    const lifetime = maxAge === undefined ? '' : `; Max-Age=${maxAge}`;
    appendSetCookie(reply, `${this.nameOf(name)}=${value}${this.attributesOf(name)}${lifetime}`);
  }

  clear(reply: CookieReply, name: CookieName): void {
    const past = '; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT';
    appendSetCookie(reply, `${this.nameOf(name)}=${this.attributesOf(name)}${past}`);
  }

  /** The name on the wire. */
  nameOf(name: CookieName): string {
    return this.prefix + name + this.suffix;
  }

  private attributesOf(name: CookieName): string {
    return name === 'state' ? this.readableAttributes : this.attributes;
  }
}
