// The part of an authorization request that OpenID Connect adds; without the scope `openid` it means nothing.
// @see OIDC Core §3.1.2.1, §3.2.2.1, §5.5 https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.js';
import { InvalidRequestError } from '../common/oauth-error.js';
import type { Parameters } from '../common/parameters.js';
import type { AuthorizationRequest } from './authorization-request.js';
import { ClaimsRegistry } from './claims/claims-registry.js';
import { askedValues, readClaimsRequest } from './claims/claims-request.js';
import { ClientJwts } from './client-jwts.js';
import { IdTokenHints } from './id-token-hints.js';

export type OpenIdRequest = Pick<
  AuthorizationRequest,
  'nonce' | 'subjects' | 'claims' | 'acr' | 'acrValues' | 'consentScope'
>;

@Injectable()
export class OpenIdRequests {
  constructor(
    private readonly claims: ClaimsRegistry,
    private readonly jwts: ClientJwts,
    private readonly hints: IdTokenHints,
  ) {}

  /**
   * @throws InvalidRequestError when a parameter is missing or malformed
   * @throws UnauthorizedClientError when the client is registered for an algorithm or a key that is not there
   */
  async read(
    client: Client,
    parameters: Parameters,
    { responseType, scope }: Pick<AuthorizationRequest, 'responseType' | 'scope'>,
  ): Promise<OpenIdRequest> {
    const nonce = parameters.get('nonce');
    const inFrontChannel = responseType.split(' ').includes('id_token');
    if (!scope.includes('openid')) {
      if (inFrontChannel) throw new InvalidRequestError('An ID token needs the scope openid.');
      return { consentScope: scope };
    }
    // OIDC Core §3.2.2.1, §3.3.2.11
    if (inFrontChannel && nonce === undefined) throw new InvalidRequestError("Parameter 'nonce' is missing.");
    await this.jwts.checkIdTokens(client, inFrontChannel);

    const asked = readClaimsRequest(parameters.get('claims'));
    const claims = asked && this.claims.allowed(client, asked);
    return {
      nonce,
      claims: claims?.userinfo || claims?.id_token ? claims : undefined,
      acr: asked?.id_token?.acr,
      acrValues:
        askedValues(asked?.id_token?.acr)?.filter((value) => typeof value === 'string') ??
        parameters.get('acr_values')?.split(' ').filter(Boolean) ??
        client.metadata.default_acr_values,
      subjects: await this.readSubjects(client, parameters, askedValues(asked?.id_token?.sub)),
      consentScope: claims ? [...new Set([...scope, ...this.claims.scopesOf(claims)])] : scope,
    };
  }

  /** Who may answer, by the hint and by the `sub` that is asked for (§3.1.2.2); undefined: anyone. */
  private async readSubjects(
    client: Client,
    parameters: Parameters,
    asked: unknown[] | undefined,
  ): Promise<string[] | undefined> {
    if (asked && !isTexts(asked)) throw new InvalidRequestError('The sub that is asked for must be a text.');
    const hinted = await this.hints.read(client, parameters.get('id_token_hint'));
    if (hinted === undefined) return asked;
    if (asked && !asked.includes(hinted))
      throw new InvalidRequestError('The id_token_hint is not of the user whose sub is asked for.');
    return [hinted];
  }
}

function isTexts(values: unknown[]): values is string[] {
  return values.every((value) => typeof value === 'string');
}
