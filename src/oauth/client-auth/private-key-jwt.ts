// private_key_jwt: a JWT signed with a private key of the client.
// @see OIDC Core §9, RFC 7523 §2.2 https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication
import { isMacAlgorithm, SIGNATURE_ALGORITHMS } from '../../common/algorithms.js';
import type { OAuthRequest } from '../../common/http.js';
import type { Parameters } from '../../common/parameters.js';
import { AssertionKeys } from '../assertions/assertion-keys.js';
import { ClientAssertions, readClientAssertion } from './client-assertions.js';
import { ClientAuth, type PresentedCredentials } from './client-auth.js';

/** A JWT signed with a private key of the client (OIDC Core §9). */
@ClientAuth('private_key_jwt')
export class PrivateKeyJwt implements ClientAuth {
  readonly signingAlgorithms = SIGNATURE_ALGORITHMS;

  constructor(
    private readonly keys: AssertionKeys,
    private readonly assertions: ClientAssertions,
  ) {}

  read(request: OAuthRequest, parameters: Parameters): PresentedCredentials | undefined {
    const assertion = readClientAssertion(parameters);
    if (!assertion || isMacAlgorithm(assertion.header.alg)) return undefined;
    return this.assertions.present(assertion, request, {
      algorithms: this.signingAlgorithms,
      keysOf: (client, header) => this.keys.of(client, header),
    });
  }
}
