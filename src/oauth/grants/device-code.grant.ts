// The device polls until its user has decided elsewhere, and gets the tokens once.
// @see RFC 8628 §3.4, §3.5 https://www.rfc-editor.org/rfc/rfc8628#section-3.4
import type { Client } from '../../clients/client.js';
import {
  AuthorizationPendingError,
  ExpiredTokenError,
  InvalidGrantError,
  InvalidTargetError,
  OAuthError,
  SlowDownError,
} from '../../common/oauth-error.js';
import { DeviceCodes, type DevicePoll } from '../../tokens/device-codes.js';
import type { AccessTokenDraft, RefreshTokenDraft } from '../../tokens/issuance.js';
import { TokenIssuer } from '../../tokens/token-issuer.js';
import { TokenOwners } from '../../tokens/token-owners.js';
import { NarrowingReader } from '../checks/narrowing.js';
import { DEVICE_GRANT_TYPE } from '../device/device-grant-type.js';
import { TokenPolicy } from '../token-policy.js';
import { TokenResponder } from '../token-response.js';
import { Grant, type TokenRequest, type TokenResponse } from './grant.js';

/** Tokens for a device whose user has allowed it elsewhere (RFC 8628 §3.4). */
@Grant(DEVICE_GRANT_TYPE)
export class DeviceCodeGrant implements Grant {
  constructor(
    private readonly codes: DeviceCodes,
    private readonly issuer: TokenIssuer,
    private readonly narrowing: NarrowingReader,
    private readonly policy: TokenPolicy,
    private readonly responder: TokenResponder,
    private readonly owners: TokenOwners,
  ) {}

  async respond({ client, parameters }: TokenRequest): Promise<TokenResponse> {
    const deviceCode = parameters.require('device_code');
    const narrowing = await this.narrowing.read(client, parameters, { scope: false });
    const { accessToken, refreshToken } = await this.draft(client, deviceCode);
    const poll = await this.codes.poll(deviceCode, client.id, narrowing, accessToken, refreshToken);
    if (poll.outcome !== 'issued' || !accessToken) throw refusal(poll.outcome);
    return this.responder.respond(
      client,
      DEVICE_GRANT_TYPE,
      poll.grant,
      accessToken,
      poll.refreshable ? refreshToken?.value : undefined,
      poll.nonce ?? undefined,
    );
  }

  /**
   * Generators of token text want to know the user, and are not called before somebody has allowed it; users of the host
   * application may be gone meanwhile.
   */
  private async draft(
    client: Client,
    deviceCode: string,
  ): Promise<{ accessToken?: AccessTokenDraft; refreshToken?: RefreshTokenDraft }> {
    const clientId = client.id;
    const isNeeded = this.issuer.generatorNeedsContext || this.owners.usersElsewhere;
    const known = isNeeded ? await this.codes.peek(deviceCode, clientId) : undefined;
    if (isNeeded && !known) return {};
    if (known && !(await this.owners.areActive({ userId: known.userId, clientId }))) throw refusal('denied');
    const context = { clientId, grantType: DEVICE_GRANT_TYPE, scope: [], ...known };
    return {
      accessToken: await this.issuer.draftAccessToken(
        context,
        this.policy.accessTokenLifetime(client, DEVICE_GRANT_TYPE),
      ),
      refreshToken: this.policy.allowsRefreshTokens(client)
        ? await this.issuer.draftRefreshToken(context, this.policy.refreshTokenLifetime(client))
        : undefined,
    };
  }
}

function refusal(outcome: DevicePoll['outcome']): OAuthError {
  switch (outcome) {
    case 'slow_down':
      return new SlowDownError('Wait 5 seconds longer between two requests.');
    case 'denied':
      return new OAuthError('access_denied', 400, 'The user refused, or took it back.');
    case 'expired':
      return new ExpiredTokenError('The device code has expired: begin again.');
    case 'other_resources':
      return new InvalidTargetError('The resource was not asked for.');
    case 'unknown':
      return new InvalidGrantError('The device code is unknown or was used before.');
    default:
      return new AuthorizationPendingError('The user has not decided yet.');
  }
}
