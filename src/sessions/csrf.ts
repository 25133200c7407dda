// Forms are accepted only from our own pages, in the browser and session they were made for.
// @see RFC 9700 §4.7, OWASP Cross-Site Request Forgery Prevention https://www.rfc-editor.org/rfc/rfc9700#section-4.7
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Sealer } from '../common/sealer.js';
import { ServerOptions } from '../config/options.js';
import { Browser } from './browser.js';
import type { BrowserRequest } from './cookies.js';

const PURPOSE = 'csrf';
const SALT_BYTES = 9;
const TOKEN = /^([A-Za-z0-9_-]{12})\.([A-Za-z0-9_-]{43})$/;

@Injectable()
export class Csrf {
  constructor(
    private readonly sealer: Sealer,
    private readonly browser: Browser,
    private readonly options: ServerOptions,
  ) {}

  /**
   * A token for the forms of a page; it ends with the browser's cookie, and when somebody signs in or out.
   * @param sessionId of whoever is signed in
   */
  token(browserId: string, sessionId?: string): string {
    const salt = randomBytes(SALT_BYTES).toString('base64url');
    return `${salt}.${this.sealer.sign(PURPOSE, text(salt, browserId, sessionId))}`;
  }

  verify(token: string | undefined, browserId: string, sessionId?: string): boolean {
    const match = TOKEN.exec(token ?? '');
    if (!match) return false;
    const [, salt, authenticator] = match as unknown as [string, string, string];
    return this.sealer.verify(PURPOSE, text(salt, browserId, sessionId), authenticator);
  }

  /**
   * Does the form come from one of our pages, in this browser, made for this session?
   * @param token the form's `csrf_token`
   */
  accepts(request: BrowserRequest, token: string | undefined, sessionId?: string): boolean {
    const browserId = this.browser.find(request);
    return (
      browserId !== undefined && isSameOrigin(request, this.options.origin) && this.verify(token, browserId, sessionId)
    );
  }
}

/** What the browser says of where a request comes from; says it nothing, the token has to do. */
export function isSameOrigin({ headers }: BrowserRequest, origin: string): boolean {
  // `null` is a sandboxed frame or a privacy redirect: neither is a page of ours.
  if (headers.origin !== undefined && headers.origin !== origin) return false;
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none';
}

function text(salt: string, browserId: string, sessionId = ''): string {
  return `${salt} ${browserId} ${sessionId}`;
}
