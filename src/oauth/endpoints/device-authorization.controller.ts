// The device authorization endpoint.
// @see RFC 8628 §3.1 https://www.rfc-editor.org/rfc/rfc8628#section-3.1
import { jsonResponse, NO_STORE, type OAuthRequest, type OAuthResponse } from '../../common/http.js';
import { DeviceAuthorization } from '../device/device-authorization.js';
import { isDeviceGrantOn } from '../device/device-grant-type.js';
import { EndpointController } from './endpoint-controller.js';
import { Endpoint } from './endpoint.js';

@Endpoint({
  name: 'device_authorization',
  path: '/oauth/device_authorization',
  methods: ['POST'],
  metadata: 'device_authorization_endpoint',
  isOn: isDeviceGrantOn,
})
export class DeviceAuthorizationController extends EndpointController {
  constructor(private readonly devices: DeviceAuthorization) {
    super();
  }

  async respond(request: OAuthRequest): Promise<OAuthResponse> {
    return jsonResponse(200, await this.devices.request(request), NO_STORE);
  }
}
