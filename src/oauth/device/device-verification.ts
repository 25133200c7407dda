// What a user does for a device: finds it by the code that it shows, and decides.
// @see RFC 8628 §3.3, §5.1, §5.4 https://www.rfc-editor.org/rfc/rfc8628#section-3.3
import { Injectable } from '@nestjs/common';
import type { Client } from '../../clients/client.js';
import { ClientsService } from '../../clients/clients.service.js';
import { Parameters } from '../../common/parameters.js';
import { Sealer } from '../../common/sealer.js';
import { ServerOptions } from '../../config/options.js';
import { Database } from '../../database/database.js';
import { EventBus } from '../../events/event-bus.js';
import { addressOf, countedAddress } from '../../sessions/address.js';
import {
  AttemptLimiter,
  type AttemptOutcome,
  type Counter,
  counters,
  type Throttled,
} from '../../sessions/attempt-limiter.js';
import type { BrowserRequest } from '../../sessions/cookies.js';
import type { Session } from '../../sessions/session.js';
import type { Resource } from '../../tokens/catalogue.js';
import { DeviceCodes } from '../../tokens/device-codes.js';
import { GrantsService } from '../../tokens/grants.service.js';
import type { GrantDraft } from '../../tokens/issuance.js';
import { TokenIssuer } from '../../tokens/token-issuer.js';
import { parseUserCode } from '../../tokens/user-code.js';
import type { User } from '../../users/user.js';
import { checkAdministrationScope } from '../checks/administration-scope.js';
import { ResourceIndicators } from '../checks/resource-indicators.js';
import { resolveScope } from '../checks/scope.js';
import { InteractionError } from '../interactions/interaction-error.js';
import { TokenPolicy } from '../token-policy.js';
import { DEVICE_GRANT_TYPE } from './device-grant-type.js';

const PURPOSE = 'device';

/** Who enters the code, and decides. */
export interface DeviceUser {
  session: Session;
  user: User;
}

/** A device that waits for its user's decision. */
export interface WaitingDevice {
  /** As the device shows it. */
  userCode: string;
  /** Of its device code. */
  key: Buffer;
  client: Client;
  scope: string[];
  resources: Resource[];
}

/** What was entered, for the page that asks: it opens only for whoever entered it. */
interface SealedDevice {
  userCode: string;
  key: string;
  sessionId: string;
}

/**
 * What the device page does (RFC 8628 §3.3), for applications that have their own.
 *
 * @example
 * const found = await devices.find(form.user_code, { session, user }, request);
 * if (found && 'client' in found) await devices.allow(found, { session, user });
 */
@Injectable()
export class DeviceVerification {
  constructor(
    private readonly codes: DeviceCodes,
    private readonly clients: ClientsService,
    private readonly resources: ResourceIndicators,
    private readonly limiter: AttemptLimiter,
    private readonly grants: GrantsService,
    private readonly issuer: TokenIssuer,
    private readonly policy: TokenPolicy,
    private readonly database: Database,
    private readonly sealer: Sealer,
    private readonly options: ServerOptions,
    private readonly events: EventBus,
  ) {}

  /**
   * Finds the device whose code somebody typed; wrong codes slow down whoever tries them.
   * @returns undefined when there is no such code, or not any more
   * @throws OAuthError when this user, or this client, must not have what the device asks for
   */
  async find(typed: string, by: DeviceUser, request: BrowserRequest): Promise<WaitingDevice | Throttled | undefined> {
    const userCode = parseUserCode(typed);
    // What no device shows is a typing mistake, not a guess.
    if (userCode === undefined) return undefined;
    const result = await this.limiter.run(countersOf(by, request), async () => {
      const device = await this.look(userCode, by);
      const outcome: AttemptOutcome = device ? 'succeeded' : 'failed';
      return { outcome, device };
    });
    return 'retryAfter' in result ? result : result.device;
  }

  /** The device as text that only this session can bring back. */
  seal({ userCode, key }: WaitingDevice, { session }: DeviceUser): Promise<string> {
    const sealed: SealedDevice = { userCode, key: key.toString('base64url'), sessionId: session.id };
    return this.sealer.seal(PURPOSE, sealed, this.options.lifetimes.deviceCode);
  }

  /**
   * The device that was sealed.
   * @throws InteractionError when it was changed, is another session's, has expired or was decided on
   */
  async open(sealed: string, by: DeviceUser): Promise<WaitingDevice> {
    const opened = await this.sealer.open<SealedDevice>(PURPOSE, sealed);
    const device = opened?.sessionId === by.session.id ? await this.look(opened.userCode, by) : undefined;
    if (!opened || device?.key.toString('base64url') !== opened.key) throw decidedBefore();
    return device;
  }

  /**
   * The device gets its tokens with its next poll.
   * @throws InteractionError when it was decided on before, or has expired
   */
  async allow(device: WaitingDevice, { session }: DeviceUser): Promise<void> {
    const { client, scope } = device;
    const { userId } = session;
    const resources = device.resources.map(({ identifier }) => identifier);
    await this.database.transaction(async (tx) => {
      await this.grants.recordConsent(tx, { userId, clientId: client.id, scopes: scope, resources });
      const grant = await this.issuer.createGrant(this.draftGrant(device, resources, session), {}, { tx });
      // Of two who allow it at once one does; a session that ends at this moment allows nothing more.
      if (!grant || !(await this.codes.allow(tx, device.key, grant.grantId))) throw decidedBefore();
      const allowed = { userId, clientId: client.id, scope: scope.join(' ') };
      tx.afterCommit(() => this.events.emit('consent.granted', allowed));
    });
  }

  /**
   * The device is told so with its next poll.
   * @throws InteractionError when it was decided on before, or has expired
   */
  async deny({ key, client }: WaitingDevice, { session }: DeviceUser): Promise<void> {
    if (!(await this.codes.deny(key))) throw decidedBefore();
    this.events.emit('consent.denied', { userId: session.userId, clientId: client.id });
  }

  private draftGrant({ client, scope }: WaitingDevice, resources: string[], session: Session): GrantDraft {
    const isOpenId = scope.includes('openid');
    const refreshed = this.policy.issuesRefreshToken(client, scope);
    const acr = client.metadata.default_acr_values;
    return {
      clientId: client.id,
      userId: session.userId,
      scope,
      resources,
      sessionId: isOpenId ? session.id : undefined,
      heldSessionId: session.id,
      // Tokens of an OIDC request without offline_access end with the session.
      sessionBound: isOpenId && !scope.includes('offline_access'),
      authTime: session.authTime,
      amr: session.amr,
      claims: isOpenId && acr ? { acr } : undefined,
      lifetime: this.policy.grantLifetime(
        client,
        DEVICE_GRANT_TYPE,
        scope,
        refreshed,
        this.options.lifetimes.deviceCode,
      ),
    };
  }

  /** The client may have changed its registration since the device asked. */
  private async look(userCode: string, { user }: DeviceUser): Promise<WaitingDevice | undefined> {
    const pending = await this.codes.findPending(userCode);
    const client = pending && (await this.clients.find(pending.clientId));
    if (!pending || !client || client.disabled || !client.allowsGrantType(DEVICE_GRANT_TYPE)) return undefined;
    const { key, scope } = pending;
    const named = Parameters.from(pending.resources.map((identifier) => ['resource', identifier]));
    const resources = await this.resources.read(client, named);
    if (scope.length > 0) resolveScope(client, scope.join(' '), resources);
    checkAdministrationScope(scope, user);
    return { userCode, key, client, scope, resources };
  }
}

/** Not by browser: whoever guesses throws its cookies away. */
function countersOf({ user }: DeviceUser, request: BrowserRequest): [Counter, ...Counter[]] {
  const address = countedAddress(addressOf(request));
  const account = counters.deviceCode(user.id);
  return address === undefined ? [account] : [account, counters.deviceAddress(address)];
}

function decidedBefore(): InteractionError {
  return new InteractionError('The code was used before, or has expired. Begin again on your device.');
}
