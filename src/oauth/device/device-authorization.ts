// A device asks for somebody to allow it in, and is told which code to show.
// @see RFC 8628 §3.1, §3.2 https://www.rfc-editor.org/rfc/rfc8628#section-3.1
import { Injectable } from '@nestjs/common';
import type { OAuthRequest } from '../../common/http.js';
import { UnauthorizedClientError } from '../../common/oauth-error.js';
import { ServerOptions } from '../../config/options.js';
import { DeviceCodes } from '../../tokens/device-codes.js';
import { ResourceIndicators } from '../checks/resource-indicators.js';
import { resolveScope } from '../checks/scope.js';
import { ClientAuthenticator } from '../client-auth/client-authenticator.js';
import { ClientJwts } from '../client-jwts.js';
import { readForm } from '../endpoints/form.js';
import { HourlyLimit } from '../hourly-limit.js';
import { DEVICE_GRANT_TYPE, VERIFICATION_PATH } from './device-grant-type.js';

/** RFC 8628 §3.2: seconds that a device waits between two polls. */
const INTERVAL = 5;

/** RFC 8628 §3.2, in wire names. */
export interface DeviceAuthorizationResponse {
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete: string;
  /** Seconds. */
  expires_in: number;
  /** Seconds. */
  interval: number;
}

/** What the device authorization endpoint does (RFC 8628 §3.1). */
@Injectable()
export class DeviceAuthorization {
  private readonly limit: HourlyLimit;

  constructor(
    private readonly authenticator: ClientAuthenticator,
    private readonly resources: ResourceIndicators,
    private readonly jwts: ClientJwts,
    private readonly codes: DeviceCodes,
    private readonly options: ServerOptions,
  ) {
    this.limit = new HourlyLimit(options.deviceRequestsPerHour, 'device authorization requests');
  }

  /**
   * Gives out the codes.
   * @throws OAuthError when the client did not prove who it is, or must not have what it asks for
   */
  async request(request: OAuthRequest): Promise<DeviceAuthorizationResponse> {
    const parameters = readForm(request);
    const client = await this.authenticator.authenticate(request, parameters);
    if (!client.allowsGrantType(DEVICE_GRANT_TYPE))
      throw new UnauthorizedClientError('The client is not registered for the device grant.');
    const resources = await this.resources.read(client, parameters);
    const scope = resolveScope(client, parameters.get('scope'), resources);
    const identifiers = resources.map(({ identifier }) => identifier);
    // Asked before anybody is: two formats in one token are refused, and ID tokens that could not be issued.
    await this.resources.formatFor(client, identifiers);
    if (scope.includes('openid')) await this.jwts.checkIdTokens(client, false);
    const nonce = parameters.get('nonce');
    // Anybody can send what a public client sends: each request leaves a row.
    if (client.isPublic) this.limit.count(request);
    const lifetime = this.options.lifetimes.deviceCode;
    const { deviceCode, userCode } = await this.codes.issue({
      clientId: client.id,
      scope,
      resources: identifiers,
      nonce,
      interval: INTERVAL,
      lifetime,
    });
    const verificationUri = this.options.url(VERIFICATION_PATH);
    return {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: verificationUri,
      verification_uri_complete: `${verificationUri}?user_code=${userCode}`,
      expires_in: lifetime,
      interval: INTERVAL,
    };
  }
}
