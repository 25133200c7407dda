// The authorization code: given to the browser, exchanged by the client, once.
// @see RFC 6749 §4.1, RFC 7636 §4.6 https://www.rfc-editor.org/rfc/rfc6749#section-4.1
import { credentialKey } from '../../common/credential.js';
import { InvalidGrantError, InvalidTargetError, type OAuthError } from '../../common/oauth-error.js';
import { matchRedirectUri } from '../../common/redirect-uri.js';
import { EventBus } from '../../events/event-bus.js';
import { TokenOwners } from '../../tokens/token-owners.js';
import { TokenIssuer } from '../../tokens/token-issuer.js';
import { NarrowingReader } from '../checks/narrowing.js';
import { codeChallengeOf } from '../checks/pkce.js';
import { AuthorizationResponses } from '../response-types/authorization-responses.js';
import { type AuthorizationGrant, ResponseType } from '../response-types/response-type.js';
import { TokenPolicy } from '../token-policy.js';
import { TokenResponder } from '../token-response.js';
import { Grant, type TokenRequest, type TokenResponse } from './grant.js';

const GRANT_TYPE = 'authorization_code';

/** The code flow (RFC 6749 §4.1): gives codes at the authorization endpoint, and takes them at the token endpoint. */
@Grant(GRANT_TYPE)
@ResponseType('code')
export class AuthorizationCodeGrant implements Grant, ResponseType {
  readonly defaultResponseMode = 'query';
  readonly grantTypes = [GRANT_TYPE];

  constructor(
    private readonly responses: AuthorizationResponses,
    private readonly issuer: TokenIssuer,
    private readonly narrowing: NarrowingReader,
    private readonly policy: TokenPolicy,
    private readonly responder: TokenResponder,
    private readonly owners: TokenOwners,
    private readonly events: EventBus,
  ) {}

  /** RFC 6749 §4.1.2 */
  authorize(grant: AuthorizationGrant): Promise<Record<string, string> | undefined> {
    return this.responses.create(grant, ['code']);
  }

  /** RFC 6749 §4.1.3 */
  async respond({ client, parameters }: TokenRequest): Promise<TokenResponse> {
    const code = parameters.require('code');
    const verifier = parameters.get('code_verifier');
    const redirectUri = parameters.get('redirect_uri');
    const narrowing = await this.narrowing.read(client, parameters, { scope: false });
    const key = credentialKey(code);
    const context = {
      clientId: client.id,
      grantType: GRANT_TYPE,
      scope: [],
      ...(await this.contextOf(key, client.id)),
    };
    const accessToken = await this.issuer.draftAccessToken(
      context,
      this.policy.accessTokenLifetime(client, GRANT_TYPE),
    );
    const refreshToken = this.policy.allowsRefreshTokens(client)
      ? await this.issuer.draftRefreshToken(context, this.policy.refreshTokenLifetime(client))
      : undefined;
    const redemption = await this.issuer.redeemCode(
      {
        key,
        clientId: client.id,
        codeChallenge: verifier === undefined ? undefined : codeChallengeOf(verifier),
        redirectUri,
        redirectUriRegistered:
          redirectUri !== undefined && matchRedirectUri(client.metadata.redirect_uris, redirectUri),
      },
      narrowing,
      accessToken,
      refreshToken,
    );
    if (redemption.outcome === 'unknown') throw await this.unknownCode(key, client.id);
    if (redemption.outcome === 'refused') throw refusal(redemption);
    return this.responder.respond(
      client,
      GRANT_TYPE,
      redemption.grant,
      accessToken,
      redemption.refreshable ? refreshToken?.value : undefined,
      redemption.nonce ?? undefined,
    );
  }

  /** RFC 6749 §4.1.2: a code used twice is refused, and all that it gave is revoked. */
  private async unknownCode(key: Buffer, clientId: string): Promise<OAuthError> {
    const reused = await this.issuer.revokeReusedCode(key, clientId);
    if (reused) {
      this.events.emit('code.reused', { clientId, grantId: reused.grantId });
      this.events.emit('token.revoked', {
        clientId,
        grantId: reused.grantId,
        userId: reused.userId,
        reason: 'code_reused',
      });
    }
    return new InvalidGrantError('The code is unknown, expired or was used before.', {
      reason: reused
        ? `code of grant ${reused.grantId} was used again; the grant has been revoked`
        : 'unknown or expired code',
    });
  }

  /** Generators of token text want to know the user, and the host's store is asked about them: known only from the code. */
  private async contextOf(key: Buffer, clientId: string): Promise<{ userId?: string; scope?: string[] }> {
    if (!this.issuer.generatorNeedsContext && !this.owners.usersElsewhere) return {};
    const context = await this.issuer.peekCode(key, clientId);
    if (context && !(await this.owners.areActive({ userId: context.userId, clientId })))
      throw new InvalidGrantError('The account no longer exists.');
    return context ?? {};
  }
}

function refusal({
  challengeMatches,
  resourcesMatch,
}: {
  challengeMatches: boolean;
  resourcesMatch: boolean;
}): OAuthError {
  if (!challengeMatches) return new InvalidGrantError('The code_verifier does not belong to the code_challenge.');
  if (!resourcesMatch) return new InvalidTargetError('The resource was not granted.');
  return new InvalidGrantError(
    'The redirect_uri is not that of the authorization request, or the authorization was withdrawn.',
  );
}
