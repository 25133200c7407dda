// The revocation endpoint.
// @see RFC 7009 §2 https://www.rfc-editor.org/rfc/rfc7009#section-2
import { NO_STORE, type OAuthRequest, type OAuthResponse } from '../../common/http.js';
import { ClientAuthenticator } from '../client-auth/client-authenticator.js';
import { Revocation } from '../revocation.js';
import { EndpointController } from './endpoint-controller.js';
import { Endpoint } from './endpoint.js';
import { readForm } from './form.js';

@Endpoint({
  name: 'revocation',
  path: '/oauth/revoke',
  methods: ['POST'],
  metadata: 'revocation_endpoint',
  cors: 'clients',
})
export class RevocationController extends EndpointController {
  constructor(
    private readonly authenticator: ClientAuthenticator,
    private readonly revocation: Revocation,
  ) {
    super();
  }

  async respond(request: OAuthRequest): Promise<OAuthResponse> {
    const parameters = readForm(request);
    const client = await this.authenticator.authenticate(request, parameters);
    await this.revocation.revoke(client, parameters.require('token'));
    return { status: 200, headers: { ...NO_STORE }, body: '' };
  }
}
