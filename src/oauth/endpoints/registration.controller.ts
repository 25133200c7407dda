// The client registration endpoint.
// @see RFC 7591 §3 https://www.rfc-editor.org/rfc/rfc7591#section-3
import type { OAuthRequest, OAuthResponse } from '../../common/http.js';
import { Registration } from '../registration/registration.js';
import { EndpointController } from './endpoint-controller.js';
import { Endpoint } from './endpoint.js';

@Endpoint({
  name: 'registration',
  path: '/oauth/register',
  methods: ['POST'],
  metadata: 'registration_endpoint',
  isOn: ({ registration }) => registration !== 'off',
})
export class RegistrationController extends EndpointController {
  constructor(private readonly registration: Registration) {
    super();
  }

  respond(request: OAuthRequest): Promise<OAuthResponse> {
    return this.registration.register(request);
  }
}
