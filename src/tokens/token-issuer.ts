// Issues: drafts of tokens before their rows are written, the rows, and the finished texts after.
// @see RFC 6749 §1.4, §1.5 https://www.rfc-editor.org/rfc/rfc6749#section-1.4
import { Injectable } from '@nestjs/common';
import {
  credentialKey,
  generateCredential,
  generateSuccessorSalt,
  hashSecret,
  successorOf,
  tokenIdentifier,
} from '../common/credential.js';
import type { PluginOptions } from '../common/plugin.js';
import { ServerOptions, type TokenGenerator, type TokenGeneratorContext } from '../config/options.js';
import { TokenGenerators, type TokenKind } from './token-generators.js';
import type { Transaction } from '../database/database.js';
import type {
  AccessTokenDraft,
  CodeDraft,
  GrantDraft,
  IssuedGrant,
  Redemption,
  RefreshTokenDraft,
  RefreshTokenRecord,
} from './issuance.js';
import { IssuanceRepository } from './issuance.repository.js';
import { UnauthorizedClientError } from '../common/oauth-error.js';
import { TokenFormats } from './token-formats.js';

/** How long the id of a standing grant is remembered, in milliseconds, and of how many. */
const STANDING_REMEMBERED = 600_000;
const MAX_STANDING = 10_000;

/** Issues tokens: drafts before their rows are written, the rows, and the finished texts after. */
@Injectable()
export class TokenIssuer {
  private readonly generators: TokenGenerators;
  private readonly standing = new Map<string, { grantId: string; until: number }>();

  constructor(
    options: ServerOptions,
    private readonly formats: TokenFormats,
    private readonly issuance: IssuanceRepository,
  ) {
    this.generators = new TokenGenerators(options);
  }

  /** Does a generator of the operator's want to know whom a token is for before it is written? */
  get generatorNeedsContext(): boolean {
    return this.generators.any;
  }

  /**
   * Makes the text of opaque access tokens, or of refresh tokens that begin a family, for a grant type; `default`: for the others.
   * @throws Error when there is one already and `replaces` was not said
   */
  useGenerator(grantType: string, generate: TokenGenerator, kind: TokenKind, options?: PluginOptions): void {
    this.generators.register(grantType, generate, kind, options);
  }

  /** @param lifetime seconds */
  async draftAccessToken(context: TokenGeneratorContext, lifetime: number): Promise<AccessTokenDraft> {
    const generate = this.generators.find('access_token', context.grantType);
    const value = generate ? checkGenerated(await generate(context)) : generateCredential();
    return { value, key: credentialKey(tokenIdentifier(value)), lifetime };
  }

  /** The first refresh token of a family. @param lifetime seconds without use */
  async draftRefreshToken(context: TokenGeneratorContext, lifetime: number): Promise<RefreshTokenDraft> {
    const generate = this.generators.find('refresh_token', context.grantType);
    const value = generate ? checkGenerated(await generate(context)) : generateCredential();
    return { value, key: credentialKey(value), lifetime };
  }

  /** The refresh token that follows the presented one, with the salt from which it can be derived again. */
  draftSuccessor(
    refreshToken: string,
    lifetime: number,
    salt = generateSuccessorSalt(),
  ): { salt: Buffer; draft: RefreshTokenDraft } {
    const value = successorOf(refreshToken, salt);
    return { salt, draft: { value, key: credentialKey(value), lifetime } };
  }

  /**
   * Creates a grant with what is issued under it at once.
   * @param ifConsented only when a remembered consent of the user covers scope and resources
   * @returns undefined when it needed consent and there is none, or client or user were deleted at this moment
   */
  createGrant(
    grant: GrantDraft,
    parts: { code?: CodeDraft; accessToken?: AccessTokenDraft; refreshToken?: RefreshTokenDraft },
    options: { ifConsented?: boolean; tx?: Transaction } = {},
  ): Promise<IssuedGrant | undefined> {
    return this.issuance.createGrant(grant, parts, options);
  }

  /**
   * Issues an access token to a client that acts for itself, under the one grant that it keeps for this scope and these
   * resources. A grant that was revoked meanwhile is replaced by a new one.
   */
  async issueForClient(grant: GrantDraft, draft: AccessTokenDraft): Promise<IssuedGrant> {
    const name = JSON.stringify([grant.clientId, grant.scope, grant.resources]);
    const known = this.standing.get(name);
    let grantId = known !== undefined && known.until > Date.now() ? known.grantId : undefined;
    let expiresAt = grantId === undefined ? undefined : await this.issuance.insertAccessToken(grantId, draft);
    if (grantId === undefined || expiresAt === undefined) {
      grantId = await this.issuance.standingGrant(grant, hashSecret(JSON.stringify([grant.scope, grant.resources])));
      expiresAt = grantId === undefined ? undefined : await this.issuance.insertAccessToken(grantId, draft);
      if (grantId === undefined || expiresAt === undefined)
        throw new UnauthorizedClientError('The access of the client was revoked at this moment.');
      if (this.standing.size >= MAX_STANDING) this.standing.clear();
      this.standing.set(name, { grantId, until: Date.now() + STANDING_REMEMBERED });
    }
    const { clientId, userId, scope, resources } = grant;
    const nobody = { authTime: null, amr: null, sessionId: null, claims: null };
    return { grantId, clientId, userId, scope: [...scope], resources: [...resources], ...nobody, expiresAt };
  }

  /** Consumes an authorization code, and issues in the same statement if everything fits. */
  redeemCode(...presented: Parameters<IssuanceRepository['redeemCode']>): Promise<Redemption> {
    return this.issuance.redeemCode(...presented);
  }

  /** Whose authorization a code carries, without consuming it: for generators of token text. */
  peekCode(key: Buffer, clientId: string): Promise<{ userId: string; scope: string[] } | undefined> {
    return this.issuance.peekCode(key, clientId);
  }

  /** Revokes the grant of a code that was used before. @returns undefined when the client has no such used code */
  revokeReusedCode(key: Buffer, clientId: string): Promise<{ grantId: string; userId: string } | undefined> {
    return this.issuance.revokeReusedCode(key, clientId);
  }

  /**
   * Rotates a refresh token: exactly one of any number of concurrent requests does. One whose grant has several resources
   * is rotated only when `narrowing` names those of the access token.
   * @returns undefined to all others
   */
  rotate(...presented: Parameters<IssuanceRepository['rotate']>): Promise<IssuedGrant | undefined> {
    return this.issuance.rotate(...presented);
  }

  /** Issues an access token beside an unused successor. @returns undefined when the successor was used or has ended */
  repeatRefresh(...presented: Parameters<IssuanceRepository['repeatRefresh']>): Promise<IssuedGrant | undefined> {
    return this.issuance.repeatRefresh(...presented);
  }

  findRefreshToken(refreshToken: string): Promise<RefreshTokenRecord | undefined> {
    return this.issuance.findRefreshToken(credentialKey(refreshToken));
  }

  /** The text of an access token whose row has been written. */
  write(format: string, draft: AccessTokenDraft, grant: IssuedGrant): Promise<string> | string {
    return this.formats.get(format).write({ value: draft.value, lifetime: draft.lifetime, grant });
  }
}

function checkGenerated(value: string): string {
  if (typeof value === 'string' && /^[A-Za-z0-9\-._~+/]{32,}=*$/.test(value)) return value;
  throw new Error('A token generator must return at least 32 characters of RFC 6750 §2.1: letters, digits and -._~+/');
}
