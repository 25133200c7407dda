// The client configuration endpoint: one for each client that registered itself.
// @see RFC 7592 §2 https://www.rfc-editor.org/rfc/rfc7592#section-2
import type { OAuthRequest, OAuthResponse } from '../../common/http.js';
import { decodeFormComponent } from '../../common/parameters.js';
import { Registration } from '../registration/registration.js';
import { EndpointController } from './endpoint-controller.js';
import { Endpoint } from './endpoint.js';

@Endpoint({
  name: 'client_configuration',
  path: '/oauth/register/:client_id',
  methods: ['GET', 'PUT', 'DELETE'],
  isOn: ({ registration }) => registration !== 'off',
})
export class ClientConfigurationController extends EndpointController {
  constructor(private readonly registration: Registration) {
    super();
  }

  respond(request: OAuthRequest): Promise<OAuthResponse> {
    const clientId = lastSegment(request);
    if (request.method === 'PUT') return this.registration.replace(request, clientId);
    if (request.method === 'DELETE') return this.registration.remove(request, clientId);
    return this.registration.read(request, clientId);
  }
}

/** Which client it is stands at the end of the path. */
function lastSegment({ path = '' }: OAuthRequest): string {
  return decodeFormComponent(path.slice(path.lastIndexOf('/') + 1).replaceAll('+', '%2B'));
}
