// An account as JSON: the members of the REST API beside the claims of OIDC.
// @see OIDC Core §5.1 https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
import { toSeconds } from '../api/seconds.js';
import { InputError } from '../common/input-error.js';
import type { User } from './user.js';
import type { UserIdentity } from './user-identities.js';
import { type NewUser, userFromWire } from './user-input.js';

/** What has a path of its own, or is the server's. */
const NOT_CHANGED_HERE: Readonly<Record<string, string>> = {
  id: 'is given by the server',
  created_at: 'is given by the server',
  disabled: 'is set by POST …/disable and …/enable',
};

export function userToWire(user: User): Record<string, unknown> {
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    email_verified: user.emailVerified,
    roles: user.roles,
    disabled: user.disabled,
    created_at: user.createdAt && toSeconds(user.createdAt),
    updated_at: user.updatedAt && toSeconds(user.updatedAt),
    ...user.claims,
  };
}

export function identityToWire(identity: UserIdentity): Record<string, unknown> {
  return {
    id: identity.id,
    provider: identity.provider,
    issuer: identity.issuer,
    subject: identity.subject,
    email: identity.email,
    created_at: toSeconds(identity.createdAt),
    last_used_at: toSeconds(identity.lastUsedAt),
  };
}

/** @throws InputError naming what cannot be given at creation */
export function newUserFromWire(body: object): NewUser {
  refuse(body, NOT_CHANGED_HERE);
  return userFromWire(body) as NewUser;
}

/** @throws InputError naming what cannot be changed this way */
export function userChangesFromWire(body: object): Partial<NewUser> {
  refuse(body, { ...NOT_CHANGED_HERE, password: 'is set by PUT …/password' });
  return userFromWire(body);
}

function refuse(body: object, problems: Readonly<Record<string, string>>): void {
  const faults = Object.keys(body)
    .filter((member) => Object.hasOwn(problems, member))
    .map((member) => ({ member, problem: problems[member] }));
  if (faults.length > 0) throw new InputError(faults);
}
