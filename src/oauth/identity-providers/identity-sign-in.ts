// What follows from somebody's coming back from an identity provider: a user who is known by it, a new account, or the
// question whose account it is. An account is never theirs because an e-mail address is the same.
// @see OIDC Core §5.7 https://openid.net/specs/openid-connect-core-1_0.html#ClaimStability
import { Injectable } from '@nestjs/common';
import { canonicalEmail } from '../../users/canonical.js';
import type { User } from '../../users/user.js';
import { IdentityTakenError, UserIdentities } from '../../users/user-identities.js';
import { UserInputError } from '../../users/user-input-error.js';
import { UsersService } from '../../users/users.service.js';
import type { ConfiguredProvider } from './identity-providers.js';
import { anotherUsername, usernameFrom } from './new-username.js';
import type { PendingReason } from './pending-identities.js';
import type { UpstreamIdentity } from './upstream-identity.js';

const MAX_ATTEMPTS = 5;

/** `refused`: the account is disabled or gone. `pending`: nobody is known by it. */
export type IdentityOutcome =
  | { kind: 'user'; user: User; created: boolean }
  | { kind: 'refused'; userId: string }
  | { kind: 'pending'; reason: PendingReason };

@Injectable()
export class IdentitySignIn {
  constructor(
    private readonly identities: UserIdentities,
    private readonly users: UsersService,
  ) {}

  async resolve(identity: UpstreamIdentity, provider: ConfiguredProvider): Promise<IdentityOutcome> {
    try {
      return await this.resolveNow(identity, provider);
    } catch (error) {
      if (!(error instanceof IdentityTakenError)) throw error;
      // In another tab it has become somebody's meanwhile.
      return this.resolveNow(identity, provider);
    }
  }

  private async resolveNow(identity: UpstreamIdentity, provider: ConfiguredProvider): Promise<IdentityOutcome> {
    const known = await this.identities.use(identity);
    if (known) return outcomeOf(known.userId, await this.users.find(known.userId));
    const owner = await this.ownerOf(identity);
    if (owner) {
      if (!provider.linkByVerifiedEmail || !owner.emailVerified) return { kind: 'pending', reason: 'account-exists' };
      const linked = !owner.disabled && (await this.identities.link(owner, identity));
      return linked ? { kind: 'user', user: owner, created: false } : { kind: 'refused', userId: owner.id };
    }
    if (!provider.signUp || this.users.areHosts) return { kind: 'pending', reason: 'unknown' };
    return this.create(identity);
  }

  /** Whose account has the address; of an address that is not proven nobody is told whether there is one. */
  private async ownerOf({ email, emailVerified }: UpstreamIdentity): Promise<User | undefined> {
    if (email === undefined || !emailVerified) return undefined;
    const user = await this.users.findByLogin(email);
    const isTheirs = user?.email !== undefined && canonicalEmail(user.email) === canonicalEmail(email);
    return isTheirs ? user : undefined;
  }

  private async create(identity: UpstreamIdentity): Promise<IdentityOutcome> {
    const { email, emailVerified, claims, names } = identity;
    const wanted = usernameFrom(names);
    // What the provider has proven is as good as an administrator's word; what it has not, as the person's own.
    const rights = emailVerified ? 'administrator' : 'self-service';
    for (let attempt = 1; ; attempt++) {
      const username = attempt === 1 ? wanted : anotherUsername(wanted);
      const account = { username, email, claims, ...(emailVerified && { emailVerified }) };
      try {
        const user = await this.users.create(account, rights, (tx, { id }) => this.identities.linkIn(tx, id, identity));
        return { kind: 'user', user, created: true };
      } catch (error) {
        if (!(error instanceof UserInputError)) throw error;
        if (error.faults.some(({ member }) => member === 'email')) return { kind: 'pending', reason: 'account-exists' };
        if (attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }
}

function outcomeOf(userId: string, user: User | undefined): IdentityOutcome {
  return user && !user.disabled ? { kind: 'user', user, created: false } : { kind: 'refused', userId };
}
