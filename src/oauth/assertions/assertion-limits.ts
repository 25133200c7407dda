// What an assertion and its issuer let a client have: never more than the client may ask for itself.
// @see RFC 7521 §4.1, RFC 8707 §2.2 https://www.rfc-editor.org/rfc/rfc7521#section-4.1
import type { Client } from '../../clients/client.js';
import { isAdministrationScope, PROTOCOL_SCOPES } from '../../clients/client-metadata.js';
import { InvalidScopeError, InvalidTargetError } from '../../common/oauth-error.js';
import { isStorableText, Parameters } from '../../common/parameters.js';
import { includesScope } from '../../common/scope.js';
import type { Resource } from '../../tokens/catalogue.js';
import { resolveScope } from '../checks/scope.js';
import type { TrustedAssertionIssuer } from './assertion-issuers.js';
import type { AssertionClaims } from './assertion-verifier.js';
import { refusedAssertion } from './bearer-assertions.js';

/** Claims by which an assertion itself says what it is for. */
export interface AssertionLimits {
  /** Absent: as the issuer may. */
  scope?: readonly string[];
  /** Absent: any. */
  resources?: readonly string[];
}

/**
 * @throws InvalidGrantError when it is for another client, or says so in a way that is not understood
 * @see RFC 8693 §4.2, §4.3, RFC 8707
 */
export function limitsOf({ client_id: clientId, scope, resource }: AssertionClaims, client: Client): AssertionLimits {
  if (clientId !== undefined && clientId !== client.id) throw refusedAssertion('it is for another client');
  if (scope !== undefined && typeof scope !== 'string') throw refusedAssertion('scope is not acceptable');
  const resources = resource === undefined ? undefined : [resource].flat();
  if (resources !== undefined && !areIdentifiers(resources)) throw refusedAssertion('resource is not acceptable');
  return { scope: scope?.split(' ').filter(Boolean), resources };
}

function areIdentifiers(values: readonly unknown[]): values is string[] {
  return values.every((value) => typeof value === 'string' && isStorableText(value));
}

/**
 * The parameters `resource`; a request that names none is for those of the assertion.
 * @throws InvalidTargetError when the assertion is for others
 */
export function resourcesWithin({ resources }: AssertionLimits, parameters: Parameters): Parameters {
  if (!resources) return parameters;
  const asked = parameters.getAll('resource');
  if (!includesScope(resources, asked)) throw new InvalidTargetError('The assertion is for other resources.');
  return asked.length > 0 ? parameters : Parameters.from(resources.map((one) => ['resource', one] as const));
}

/**
 * The scope of a token for a user who is not there.
 * @param issuer undefined: the client itself
 * @throws InvalidScopeError when the request asks for more than client, issuer and assertion allow
 */
export function scopeWithin(
  { scope: asserted }: AssertionLimits,
  issuer: TrustedAssertionIssuer | undefined,
  client: Client,
  asked: string | undefined,
  resources: readonly Resource[],
): string[] {
  const scope = resolveScope(client, asked, resources);
  const allowed = scope.filter(
    (value) =>
      (asserted?.includes(value) ?? true) &&
      (issuer?.scope?.includes(value) ?? (issuer === undefined || !isAdministrationScope(value))) &&
      !(PROTOCOL_SCOPES as readonly string[]).includes(value),
  );
  if (asked && allowed.length < scope.length)
    throw new InvalidScopeError(
      'The scope exceeds what the assertion allows; openid and offline_access need a sign-in.',
    );
  return allowed;
}
