// The name of the device grant, and whether it is switched on.
// @see RFC 8628 §3.4 https://www.rfc-editor.org/rfc/rfc8628#section-3.4
import type { ServerOptions } from '../../config/options.js';

/** The grant type of devices (RFC 8628 §3.4). */
export const DEVICE_GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code';
/** Where people enter the user code, below the issuer. */
export const VERIFICATION_PATH = '/device';

/** Without the grant type there is neither the endpoint nor the page. */
export function isDeviceGrantOn({ disabledGrantTypes }: Pick<ServerOptions, 'disabledGrantTypes'>): boolean {
  return !disabledGrantTypes.includes(DEVICE_GRANT_TYPE);
}
