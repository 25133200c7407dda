// Verifies this server's own access tokens, of every format, in process: a revoked one is refused at once.
import { credentialKey } from '../common/credential.js';
import { ServerOptions } from '../config/options.js';
import { type AccessToken, TokenVerifier } from '../resource-server/token-verifier.js';
import { acrOfGrant } from './authentication-context.js';
import type { AccessTokenRecord } from './issuance.js';
import { TokenFormats } from './token-formats.js';
import { TokenOwners } from './token-owners.js';
import { TokensRepository } from './tokens.repository.js';

const MAX_TOKEN_LENGTH = 16_384;
const NONE: readonly string[] = [];

@TokenVerifier('in process')
export class LocalTokenVerifier implements TokenVerifier {
  readonly opaque = true;

  constructor(
    private readonly tokens: TokensRepository,
    private readonly formats: TokenFormats,
    private readonly owners: TokenOwners,
    private readonly options: ServerOptions,
  ) {}

  get issuer(): string {
    return this.options.issuer;
  }

  async verify(token: string): Promise<AccessToken | undefined> {
    const identifier = await this.identify(token);
    const record = identifier === undefined ? undefined : await this.findByKey(credentialKey(identifier));
    return record && this.describe(token, identifier as string, record);
  }

  /** The row behind a presented access token; undefined when it is none, has expired or was revoked. */
  async find(token: string): Promise<AccessTokenRecord | undefined> {
    const key = await this.keyOf(token);
    return key && this.findByKey(key);
  }

  /** The key under which a presented access token would be stored; undefined when it cannot be ours. */
  async keyOf(token: string): Promise<Buffer | undefined> {
    const identifier = await this.identify(token);
    return identifier === undefined ? undefined : credentialKey(identifier);
  }

  private async findByKey(key: Buffer): Promise<AccessTokenRecord | undefined> {
    const record = await this.tokens.findAccessToken(key);
    return record && (await this.owners.areActive(record)) ? record : undefined;
  }

  private async identify(token: string): Promise<string | undefined> {
    return token.length > MAX_TOKEN_LENGTH ? undefined : this.formats.identify(token);
  }

  private describe(token: string, jti: string, record: AccessTokenRecord): AccessToken {
    const { issuer } = this.options;
    const { clientId, scope, resources: audience, issuedAt, expiresAt } = record;
    const subject = record.userId ?? clientId;
    const authTime = record.authTime ?? undefined;
    const amr = record.amr ?? undefined;
    const acr = acrOfGrant(record, this.options);
    return {
      token,
      issuer,
      subject,
      userId: record.userId ?? undefined,
      clientId,
      scope,
      audience,
      issuedAt,
      expiresAt,
      jti,
      authTime,
      acr,
      amr,
      roles: NONE,
      groups: NONE,
      entitlements: NONE,
      claims: {
        iss: issuer,
        sub: subject,
        client_id: clientId,
        scope: scope.join(' '),
        aud: audience.length === 0 ? issuer : audience,
        iat: secondsOf(issuedAt),
        exp: secondsOf(expiresAt),
        jti,
        ...(authTime && { auth_time: secondsOf(authTime) }),
        ...(acr !== undefined && { acr }),
        ...(amr?.length && { amr }),
      },
    };
  }
}

function secondsOf(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
