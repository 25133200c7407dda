// What is asked of a token that was verified: audience, scope, sign-in, memberships, in this order.
// @see RFC 6750 §3.1, RFC 9068 §4, RFC 9470 §3 https://www.rfc-editor.org/rfc/rfc6750#section-3.1
import { insufficientAuthentication, insufficientScope, invalidToken, membershipMissing } from './bearer-challenge.js';
import type { Admitted } from './current-token.js';
import { type Membership, type Requirements, satisfies } from './protection.js';
import type { ResourceServerOptions } from './resource-server.options.js';
import type { AccessToken } from './token-verifier.js';

/**
 * @param audiences that are accepted where the guard names none
 * @returns a promise only where the user has to be looked up
 * @throws BearerError
 */
export function checkAccess(
  admitted: Admitted,
  requirements: Requirements,
  audiences: readonly string[],
): Promise<void> | undefined {
  const { token } = admitted;
  const { space, audience, scope, scopes, acr, maxAge, memberships } = requirements;
  if (!isMeantFor(token, audience.length > 0, audience.length > 0 ? audience : audiences)) throw invalidToken(space);
  if (!satisfies(token.scope, scopes)) throw insufficientScope(space, scope);
  if ((acr.length > 0 && !isOneOf(token.acr, acr)) || (maxAge !== undefined && isOlder(token.authTime, maxAge)))
    throw insufficientAuthentication(space, { acr, maxAge });
  return memberships.length > 0 ? checkMemberships(admitted, requirements) : undefined;
}

/** Whose tokens are taken where no guard says it: those bound to the usual resource, else to an accepted audience or none. */
export function isMeantForApplication(
  token: AccessToken,
  { resource, audience = [] }: Pick<ResourceServerOptions, 'resource' | 'audience'>,
): boolean {
  if (resource === undefined) return isMeantFor(token, false, [audience].flat());
  return isMeantFor(token, true, [typeof resource === 'string' ? resource : resource.identifier]);
}

/** @param bound must it be bound to an audience? */
export function isMeantFor(token: AccessToken, bound: boolean, audiences: readonly string[]): boolean {
  const { audience } = token;
  return audience.length === 0 ? !bound : audience.some((one) => audiences.includes(one));
}

function isOneOf(acr: string | undefined, wanted: readonly string[]): boolean {
  return acr !== undefined && wanted.includes(acr);
}

function isOlder(authTime: Date | undefined, maxAge: number): boolean {
  return authTime === undefined || Date.now() - authTime.getTime() > maxAge * 1000;
}

async function checkMemberships(admitted: Admitted, { memberships, space }: Requirements): Promise<void> {
  const user = await admitted.findUser();
  for (const { of, alternatives } of memberships) {
    if (!satisfies(heldBy(user, admitted.token, of), alternatives)) throw membershipMissing(space);
  }
}

/** What the user is now goes before what the token said when it was issued. */
function heldBy(user: object | undefined, token: AccessToken, of: Membership): readonly string[] {
  if (!user) return token.userId === undefined ? token[of] : [];
  const held = (user as Partial<Record<Membership, unknown>>)[of];
  return Array.isArray(held) ? (held as string[]) : token[of];
}
