// What an assertion and its issuer let a client have: never more than the client may ask for itself.
// @see RFC 7521 §4.1, RFC 8707 §2.2 https://www.rfc-editor.org/rfc/rfc7521#section-4.1
import type { Client } from '../../clients/client.js';
import { isAdministrationScope, PROTOCOL_SCOPES } from '../../clients/client-metadata.js';
import { InvalidScopeError, InvalidTargetError } from '../../common/oauth-error.js';
import { isStorableText, Parameters } from '../../common/parameters.js';
import { includesScope } from '../../common/scope.js';
import type { Resource } from '../../tokens/catalogue.js';
import { resolveScope } from '../checks/scope.js';
import { InvalidAssertionError } from './assertion-errors.js';
import type { TrustedAssertionIssuer } from './assertion-issuers.js';
import type { AssertionClaims } from './assertion-verifier.js';

/** The limits of one assertion: its claims `client_id`, `scope` and `resource`, and what its issuer may let clients have. */
export class AssertionLimits {
  private constructor(
    private readonly client: Client,
    private readonly issuer: TrustedAssertionIssuer | undefined,
    private readonly scopes: readonly string[] | undefined,
    private readonly resources: readonly string[] | undefined,
  ) {}

  /**
   * @param issuer undefined: the client itself
   * @throws InvalidAssertionError when it is for another client, or says what it is for in a way that is not understood
   * @see RFC 8693 §4.2, §4.3, RFC 8707
   */
  static of(claims: AssertionClaims, client: Client, issuer?: TrustedAssertionIssuer): AssertionLimits {
    const { client_id: clientId, scope, resource } = claims;
    if (clientId !== undefined && clientId !== client.id) throw new InvalidAssertionError('it is for another client');
    if (scope !== undefined && typeof scope !== 'string') throw new InvalidAssertionError('scope is not acceptable');
    const resources = resource === undefined ? undefined : [resource].flat();
    if (resources !== undefined && !areIdentifiers(resources))
      throw new InvalidAssertionError('resource is not acceptable');
    return new AssertionLimits(client, issuer, scope?.split(' ').filter(Boolean), resources);
  }

  /**
   * The parameters `resource`; a request that names none is for those of the assertion.
   * @throws InvalidTargetError when the assertion is for others
   */
  resourceParameters(parameters: Parameters): Parameters {
    if (!this.resources) return parameters;
    const asked = parameters.getAll('resource');
    if (!includesScope(this.resources, asked)) throw new InvalidTargetError('The assertion is for other resources.');
    return asked.length > 0 ? parameters : Parameters.from(this.resources.map((one) => ['resource', one] as const));
  }

  /**
   * The scope of a token that nobody signs in for.
   * @param asked undefined: the default of the client, as far as it is allowed
   * @throws InvalidScopeError when the request asks for more than client, issuer and assertion allow
   */
  resolveScope(asked: string | undefined, resources: readonly Resource[]): string[] {
    const scope = resolveScope(this.client, asked, resources);
    const allowed = scope.filter((value) => this.allows(value));
    if (asked && allowed.length < scope.length)
      throw new InvalidScopeError(
        'The scope exceeds what the assertion allows; openid and offline_access need a sign-in.',
      );
    return allowed;
  }

  private allows(value: string): boolean {
    if ((PROTOCOL_SCOPES as readonly string[]).includes(value)) return false;
    if (this.scopes?.includes(value) === false) return false;
    return this.issuer?.scope?.includes(value) ?? (this.issuer === undefined || !isAdministrationScope(value));
  }
}

function areIdentifiers(values: readonly unknown[]): values is string[] {
  return values.every((value) => typeof value === 'string' && isStorableText(value));
}
