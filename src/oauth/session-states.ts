// The state of the browser's sign-in as one client is told it: other clients cannot compare theirs with it.
// @see OpenID Connect Session Management §2, §3.2 https://openid.net/specs/openid-connect-session-1_0.html#CreatingUpdatingSessions
import { hash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { parseUrl } from '../common/url.js';
import { BrowserState } from '../sessions/browser-state.js';
import type { Session } from '../sessions/session.js';

const SALT_BYTES = 12;

@Injectable()
export class SessionStates {
  constructor(private readonly browser: BrowserState) {}

  /** `session_state`; undefined where the client has no pages that could ask for it. */
  of(clientId: string, redirectUri: string, session: Session | undefined): string | undefined {
    const url = parseUrl(redirectUri);
    if (!url || !/^https?:$/.test(url.protocol)) return undefined;
    const salt = randomBytes(SALT_BYTES).toString('base64url');
    // What pages/assets/check-session.js computes.
    return `${hash('sha256', `${clientId} ${url.origin} ${this.browser.of(session)} ${salt}`, 'hex')}.${salt}`;
  }
}
