// The interaction that waits while somebody is at an identity provider. It travels with the state, in the browser; one
// that is too long for that cookie has cookies of its own.
import { Injectable } from '@nestjs/common';
import type { CookieReply } from '../../common/cookie.js';
import { fingerprint } from '../../common/credential.js';
import { type BrowserRequest, Cookies } from '../../sessions/cookies.js';

/** Characters that fit into the cookie of the state beside the rest of it. */
const MAX_CARRIED = 1500;
/** Characters; browsers take 4096 bytes with the name and attributes. */
const PART = 3500;
/** More than a whole interaction has. */
const MAX_PARTS = 4;
/** Seconds: as long as the state. */
const LIFETIME = 600;

/** What is carried with the state: the interaction itself, or the hash of what its own cookies hold. */
export interface CarriedInteraction {
  interaction?: string;
  interactionHash?: string;
}

@Injectable()
export class WaitingInteractions {
  constructor(private readonly cookies: Cookies) {}

  /** @param sealed absent: no client waits */
  keep(reply: CookieReply, sealed: string | undefined): CarriedInteraction {
    if (sealed === undefined) return {};
    if (sealed.length <= MAX_CARRIED) return { interaction: sealed };
    for (let part = 0; part < MAX_PARTS; part++) {
      const text = sealed.slice(part * PART, (part + 1) * PART);
      if (text !== '') this.cookies.set(reply, `waiting${part}`, text, LIFETIME);
      else this.cookies.clear(reply, `waiting${part}`);
    }
    return { interactionHash: fingerprint(sealed) };
  }

  /** What was kept; `lost`: another one that was too long has taken its place. */
  take(
    request: BrowserRequest,
    reply: CookieReply,
    { interaction, interactionHash }: CarriedInteraction,
  ): { interaction?: string; lost?: true } {
    if (interactionHash === undefined) return { interaction };
    let sealed = '';
    for (let part = 0; part < MAX_PARTS; part++) sealed += this.cookies.read(request, `waiting${part}`) ?? '';
    if (fingerprint(sealed) !== interactionHash) return { lost: true };
    for (let part = 0; part < MAX_PARTS; part++) this.cookies.clear(reply, `waiting${part}`);
    return { interaction: sealed };
  }
}
