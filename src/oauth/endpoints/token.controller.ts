// The token endpoint.
// @see RFC 6749 §3.2 https://www.rfc-editor.org/rfc/rfc6749#section-3.2
import { jsonResponse, NO_STORE, type OAuthRequest, type OAuthResponse } from '../../common/http.js';
import { UnauthorizedClientError, UnsupportedGrantTypeError } from '../../common/oauth-error.js';
import { ClientAuthenticator } from '../client-auth/client-authenticator.js';
import { GrantRegistry } from '../grants/grant-registry.js';
import { EndpointController } from './endpoint-controller.js';
import { Endpoint } from './endpoint.js';
import { readForm } from './form.js';

@Endpoint({ name: 'token', path: '/oauth/token', methods: ['POST'], metadata: 'token_endpoint', cors: 'clients' })
export class TokenController extends EndpointController {
  constructor(
    private readonly authenticator: ClientAuthenticator,
    private readonly grants: GrantRegistry,
  ) {
    super();
  }

  async respond(request: OAuthRequest): Promise<OAuthResponse> {
    const parameters = readForm(request);
    const named = this.grants.find(parameters.get('grant_type') ?? '');
    const identified = await named?.identifyClient?.(request, parameters);
    const client = identified ?? (await this.authenticator.authenticate(request, parameters));
    const grantType = parameters.require('grant_type');
    const grant = this.grants.find(grantType);
    if (!grant?.respond) throw new UnsupportedGrantTypeError('The grant_type is not supported.');
    if (!client.allowsGrantType(grantType))
      throw new UnauthorizedClientError('The client is not registered for this grant_type.');
    return jsonResponse(200, await grant.respond({ client, parameters, request }), NO_STORE);
  }
}
