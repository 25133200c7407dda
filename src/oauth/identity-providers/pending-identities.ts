// An identity that is nobody's yet waits in the browser, sealed, until its owner has proven which account is theirs.
import { Injectable } from '@nestjs/common';
import { fingerprint } from '../../common/credential.js';
import { Sealer } from '../../common/sealer.js';
import type { IdentityFacts } from '../../users/user-identities.js';
import { InteractionError } from '../interactions/interaction-error.js';

const PURPOSE = 'pending-identity';
/** Seconds. */
const LIFETIME = 900;

/** Why it is not linked: there is an account with its address, or none that it could be. */
export type PendingReason = 'account-exists' | 'unknown';

export interface PendingIdentity extends IdentityFacts {
  reason: PendingReason;
}

@Injectable()
export class PendingIdentities {
  constructor(private readonly sealer: Sealer) {}

  /** The identity as text that only this browser can bring back. */
  seal({ issuer, subject, provider, email }: IdentityFacts, reason: PendingReason, browserId: string): Promise<string> {
    const pending = { issuer, subject, provider, email, reason, browser: fingerprint(browserId) };
    return this.sealer.seal(PURPOSE, pending, LIFETIME);
  }

  /**
   * @param sealed absent: nothing waits
   * @throws InteractionError when it was changed, has expired or belongs to another browser
   */
  async find(sealed: string | undefined, browserId: string | undefined): Promise<PendingIdentity | undefined> {
    if (sealed === undefined) return undefined;
    const opened = await this.sealer.open<PendingIdentity & { browser: string }>(PURPOSE, sealed);
    if (!opened || browserId === undefined || opened.browser !== fingerprint(browserId))
      throw new InteractionError('This sign-in has expired or belongs to another browser. Begin again.');
    const { browser: _, ...pending } = opened;
    return pending;
  }
}
