// An assertion as a grant: signed by an issuer whom the operator trusts, about a user of ours; or by the client, about itself,
// or about a user where an administrator allows it that.
// @see RFC 7521 §4.1, RFC 7523 §2.1 https://www.rfc-editor.org/rfc/rfc7523#section-2.1
import type { Client } from '../../clients/client.js';
import { ClientsService } from '../../clients/clients.service.js';
import { JWT_BEARER_GRANT_TYPE } from '../../clients/grant-types.js';
import type { OAuthRequest } from '../../common/http.js';
import { UnauthorizedClientError } from '../../common/oauth-error.js';
import type { Parameters } from '../../common/parameters.js';
import { EventBus } from '../../events/event-bus.js';
import type { User } from '../../users/user.js';
import { InvalidAssertionError, UntrustedAssertionError } from '../assertions/assertion-errors.js';
import { AssertionIssuers, type TrustedAssertionIssuer } from '../assertions/assertion-issuers.js';
import { AssertionLimits } from '../assertions/assertion-limits.js';
import { AssertionSubjects } from '../assertions/assertion-subjects.js';
import type { AssertionClaims, VerifiedAssertion } from '../assertions/assertion-verifier.js';
import { BearerAssertions } from '../assertions/bearer-assertions.js';
import { ResourceIndicators } from '../checks/resource-indicators.js';
import { ClientTokens } from '../client-tokens.js';
import { UserTokens } from '../user-tokens.js';
import { Grant, type TokenRequest, type TokenResponse } from './grant.js';

@Grant(JWT_BEARER_GRANT_TYPE)
export class JwtBearerGrant implements Grant {
  /** Requests whose client was known by the assertion alone. */
  private readonly verified = new WeakMap<Parameters, AssertionClaims>();

  constructor(
    private readonly assertions: BearerAssertions,
    private readonly issuers: AssertionIssuers,
    private readonly subjects: AssertionSubjects,
    private readonly clients: ClientsService,
    private readonly resources: ResourceIndicators,
    private readonly clientTokens: ClientTokens,
    private readonly userTokens: UserTokens,
    private readonly events: EventBus,
  ) {}

  /**
   * RFC 7521 §4.1: who signs the assertion itself need not authenticate besides. Who presents another one's must.
   * @throws InvalidGrantError when the assertion does not prove the client
   */
  async identifyClient(request: OAuthRequest, parameters: Parameters): Promise<Client | undefined> {
    if (!parameters.has('assertion') || authenticates(request, parameters)) return undefined;
    const assertion = this.assertions.read(parameters);
    const named = parameters.get('client_id') ?? assertion.issuer;
    if (named !== assertion.issuer || this.issuers.find(named)) return undefined;
    let client = await this.clients.find(named);
    let verified = await this.assertions.verifyOfClient(client, assertion, request);
    if (client && verified.fault !== undefined && !verified.signed) {
      // A new secret or key works at once, also where the news of it has not arrived.
      client = await this.clients.findFresh(named);
      verified = await this.assertions.verifyOfClient(client, assertion, request);
    }
    this.verified.set(parameters, accepted(verified));
    this.events.emit('client.authenticated', { clientId: named, method: JWT_BEARER_GRANT_TYPE });
    return client;
  }

  async respond({ client, parameters, request }: TokenRequest): Promise<TokenResponse> {
    // RFC 7521 §6.1: whoever finds an assertion could use it.
    if (client.isPublic) throw new UnauthorizedClientError('A public client cannot use assertions as grants.');
    const claims = this.verified.get(parameters) ?? (await this.verify(client, parameters, request));
    const issuer = this.issuers.find(claims.iss);
    const limits = AssertionLimits.of(claims, client, issuer);
    const resources = await this.resources.read(client, limits.resourceParameters(parameters));
    const token = {
      client,
      scope: limits.resolveScope(parameters.get('scope'), resources),
      resources: resources.map(({ identifier }) => identifier),
      grantType: JWT_BEARER_GRANT_TYPE,
    };
    const user = !issuer && claims.sub === client.id ? undefined : await this.userOf(client, issuer, claims.sub);
    await this.assertions.take(claims);
    // RFC 7521 §4.1: no refresh token; who needs another access token brings another assertion.
    return user ? this.userTokens.issue({ ...token, user, refreshable: false }) : this.clientTokens.issue(token);
  }

  private async userOf(client: Client, issuer: TrustedAssertionIssuer | undefined, subject: string): Promise<User> {
    const kind = issuer ? issuer.subject : client.metadata.assertion_subject;
    if (kind === undefined) throw new InvalidAssertionError('sub is not the client itself');
    const user = await this.subjects.find(kind, subject);
    if (!user || user.disabled) throw new InvalidAssertionError('sub is nobody who is known here');
    return user;
  }

  private async verify(client: Client, parameters: Parameters, request: OAuthRequest): Promise<AssertionClaims> {
    const assertion = this.assertions.read(parameters);
    const issuer = this.issuers.find(assertion.issuer);
    if (!issuer) {
      if (assertion.issuer !== client.id) throw new UntrustedAssertionError('the issuer is not trusted');
      return accepted(await this.assertions.verifyOfClient(client, assertion, request));
    }
    if (issuer.clients?.includes(client.id) === false)
      throw new UntrustedAssertionError('the issuer is not trusted for this client');
    return accepted(await this.assertions.verifyOfIssuer(issuer, assertion, request));
  }
}

/** Does the request prove the client in another way? */
function authenticates({ headers }: OAuthRequest, parameters: Parameters): boolean {
  const proofs = ['client_secret', 'client_assertion'];
  return headers.authorization !== undefined || proofs.some((name) => parameters.has(name));
}

function accepted(verified: VerifiedAssertion): AssertionClaims {
  if (verified.fault === undefined) return verified.claims;
  throw verified.signed ? new InvalidAssertionError(verified.fault) : new UntrustedAssertionError(verified.fault);
}
