// A refresh token, rotated with each use; a lost answer can be asked for again for a short while.
// @see RFC 6749 §6, RFC 9700 §4.14 https://www.rfc-editor.org/rfc/rfc6749#section-6
import type { Client } from '../../clients/client.js';
import { credentialKey } from '../../common/credential.js';
import { InvalidGrantError, InvalidScopeError, InvalidTargetError, type OAuthError } from '../../common/oauth-error.js';
import { includesScope } from '../../common/scope.js';
import { EventBus } from '../../events/event-bus.js';
import type { AccessTokenDraft, IssuedGrant, Narrowing } from '../../tokens/issuance.js';
import type { RefreshTokenRecord } from '../../tokens/issuance.js';
import { GrantsService } from '../../tokens/grants.service.js';
import { TokenOwners } from '../../tokens/token-owners.js';
import { TokenIssuer } from '../../tokens/token-issuer.js';
import { NarrowingReader } from '../checks/narrowing.js';
import { ResourceIndicators } from '../checks/resource-indicators.js';
import { TokenPolicy } from '../token-policy.js';
import { TokenResponder } from '../token-response.js';
import { Grant, type TokenRequest, type TokenResponse } from './grant.js';

const GRANT_TYPE = 'refresh_token';
const REFUSED = 'The refresh token is unknown, expired, revoked or was used before.';

/** Refresh tokens, rotated with each use (RFC 6749 §6). */
@Grant(GRANT_TYPE)
export class RefreshTokenGrant implements Grant {
  constructor(
    private readonly issuer: TokenIssuer,
    private readonly narrowing: NarrowingReader,
    private readonly resources: ResourceIndicators,
    private readonly policy: TokenPolicy,
    private readonly responder: TokenResponder,
    private readonly grants: GrantsService,
    private readonly owners: TokenOwners,
    private readonly events: EventBus,
  ) {}

  async respond({ client, parameters }: TokenRequest): Promise<TokenResponse> {
    const presented = parameters.require('refresh_token');
    const narrowing = await this.narrowing.read(client, parameters, { scope: true });
    const key = credentialKey(presented);
    const isNeeded = this.issuer.generatorNeedsContext || this.owners.usersElsewhere;
    const record = isNeeded ? await this.issuer.findRefreshToken(presented) : undefined;
    if (record && !(await this.owners.areActive(record)))
      throw new InvalidGrantError(REFUSED, { reason: `the user of grant ${record.grantId} is gone or disabled` });
    const context = {
      clientId: client.id,
      grantType: GRANT_TYPE,
      userId: record?.userId ?? undefined,
      scope: record?.scope ?? [],
    };
    const accessToken = await this.issuer.draftAccessToken(
      context,
      this.policy.accessTokenLifetime(client, GRANT_TYPE),
    );
    const successor = this.issuer.draftSuccessor(presented, this.policy.refreshTokenLifetime(client));
    const rotate = (narrowed: Narrowing): Promise<IssuedGrant | undefined> =>
      this.issuer.rotate({ key, clientId: client.id, salt: successor.salt }, narrowed, accessToken, successor.draft);
    const rotated =
      (await rotate(narrowing)) ?? (await this.rotateForSeveralResources(client, presented, narrowing, rotate));
    if (rotated) return this.responder.respond(client, GRANT_TYPE, rotated, accessToken, successor.draft.value);
    const repeated = await this.repeat(client, presented, narrowing, accessToken);
    return this.responder.respond(client, GRANT_TYPE, repeated.grant, accessToken, repeated.refreshToken);
  }

  /** A token of several resources is rotated only after they were seen to want one format. */
  private async rotateForSeveralResources(
    client: Client,
    presented: string,
    narrowing: Narrowing,
    rotate: (narrowing: Narrowing) => Promise<IssuedGrant | undefined>,
  ): Promise<IssuedGrant | undefined> {
    if (narrowing.resources) return undefined;
    const record = await this.issuer.findRefreshToken(presented);
    if (record?.clientId !== client.id || !record.live || record.rotatedAgo !== null || record.resources.length < 2)
      return undefined;
    await this.resources.formatFor(client, record.resources);
    return rotate({ ...narrowing, resources: record.resources });
  }

  /** The token could not be rotated: it was already, or the request asks too much, or it is good for nothing. */
  private async repeat(
    client: Client,
    presented: string,
    narrowing: Narrowing,
    accessToken: AccessTokenDraft,
  ): Promise<{ grant: IssuedGrant; refreshToken: string }> {
    const record = await this.issuer.findRefreshToken(presented);
    if (!record || record.clientId !== client.id || !record.live) {
      throw new InvalidGrantError(REFUSED, { reason: refusalReason(record, client) });
    }
    const excess = excessOf(narrowing, record);
    if (record.rotatedAgo === null || record.successorSalt === null) throw excess ?? new InvalidGrantError(REFUSED);
    if (record.rotatedAgo <= this.policy.refreshTokenGrace(client)) {
      const { draft } = this.issuer.draftSuccessor(
        presented,
        this.policy.refreshTokenLifetime(client),
        record.successorSalt,
      );
      const grant = excess ? undefined : await this.issuer.repeatRefresh(draft.key, client.id, narrowing, accessToken);
      if (grant) return { grant, refreshToken: draft.value };
      if (excess && (await this.issuer.findRefreshToken(draft.value))?.rotatedAgo === null) throw excess;
    }
    // RFC 9700 §4.14.2: somebody holds a token that was replaced; the whole family ends, whatever was asked for.
    if (await this.grants.revoke(record.grantId, 'refresh_token_reused'))
      this.events.emit('refresh_token.reused', { clientId: client.id, grantId: record.grantId });
    throw new InvalidGrantError(REFUSED, {
      reason: `refresh token of grant ${record.grantId} was reused; the grant has been revoked`,
    });
  }
}

/** RFC 6749 §6, RFC 8707 §2.2: never more than what was granted. */
function excessOf({ scope, resources }: Narrowing, record: RefreshTokenRecord): OAuthError | undefined {
  if (scope && !includesScope(record.scope, scope)) return new InvalidScopeError('The scope exceeds what was granted.');
  if (resources && !includesScope(record.resources, resources))
    return new InvalidTargetError('The resource was not granted.');
  return undefined;
}

function refusalReason(record: RefreshTokenRecord | undefined, client: Client): string {
  if (!record) return 'unknown refresh token';
  if (record.clientId !== client.id) return `refresh token of client ${record.clientId} presented by ${client.id}`;
  return `refresh token of grant ${record.grantId} has expired or was revoked`;
}
