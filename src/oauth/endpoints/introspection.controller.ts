// The introspection endpoint, for resource servers.
// @see RFC 7662 §2 https://www.rfc-editor.org/rfc/rfc7662#section-2
import { jsonResponse, NO_STORE, type OAuthRequest, type OAuthResponse } from '../../common/http.js';
import { ClientAuthenticator } from '../client-auth/client-authenticator.js';
import { Introspection } from '../introspection.js';
import { EndpointController } from './endpoint-controller.js';
import { Endpoint } from './endpoint.js';
import { readForm } from './form.js';

@Endpoint({ name: 'introspection', path: '/oauth/introspect', methods: ['POST'], metadata: 'introspection_endpoint' })
export class IntrospectionController extends EndpointController {
  constructor(
    private readonly authenticator: ClientAuthenticator,
    private readonly introspection: Introspection,
  ) {
    super();
  }

  async respond(request: OAuthRequest): Promise<OAuthResponse> {
    const parameters = readForm(request);
    const client = await this.authenticator.authenticate(request, parameters);
    const token = parameters.require('token');
    return jsonResponse(200, await this.introspection.introspect(client, token), NO_STORE);
  }
}
