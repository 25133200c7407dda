// Who has signed in in this browser before: its owner gets past the back-off that somebody else's guessing has caused.
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { CookieReply } from '../common/cookie.js';
import { Sealer } from '../common/sealer.js';
import { type BrowserRequest, Cookies } from './cookies.js';

const PURPOSE = 'known-browser';
/** Seconds since the last sign-in. */
const LIFETIME = 180 * 86400;
const MAX_USERS = 10;
const MAX_COOKIE_LENGTH = 2000;

/** A browser in which people have signed in. */
export interface KnownUsers {
  /** Tells browsers apart: each has its own count of failures. */
  readonly browser: string;
  /** The last one first. */
  readonly userIds: readonly string[];
}

@Injectable()
export class KnownBrowser {
  constructor(
    private readonly cookies: Cookies,
    private readonly sealer: Sealer,
  ) {}

  async find(request: BrowserRequest): Promise<KnownUsers | undefined> {
    const sealed = this.cookies.read(request, 'known');
    return sealed && sealed.length <= MAX_COOKIE_LENGTH ? this.sealer.open<KnownUsers>(PURPOSE, sealed) : undefined;
  }

  async remember(request: BrowserRequest, reply: CookieReply, userId: string): Promise<void> {
    const present = await this.find(request);
    const known: KnownUsers = {
      browser: present?.browser ?? randomBytes(12).toString('base64url'),
      userIds: [userId, ...(present?.userIds ?? []).filter((id) => id !== userId)].slice(0, MAX_USERS),
    };
    this.cookies.set(reply, 'known', await this.sealer.seal(PURPOSE, known, LIFETIME), LIFETIME);
  }
}
