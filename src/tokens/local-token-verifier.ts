// Verifies this server's own access tokens, of every format, in process: a revoked one is refused at once.
import { Injectable } from '@nestjs/common';
import { credentialKey } from '../common/credential.js';
import { ServerOptions } from '../config/options.js';
import { type AccessToken, TokenVerifier } from '../resource-server/token-verifier.js';
import type { AccessTokenRecord } from './issuance.js';
import { TokenFormats } from './token-formats.js';
import { TokensRepository } from './tokens.repository.js';

const MAX_TOKEN_LENGTH = 16_384;

@Injectable()
export class LocalTokenVerifier extends TokenVerifier {
  constructor(
    private readonly tokens: TokensRepository,
    private readonly formats: TokenFormats,
    private readonly options: ServerOptions,
  ) {
    super();
  }

  async verify(token: string): Promise<AccessToken | undefined> {
    const record = await this.find(token);
    return (
      record && {
        issuer: this.options.issuer,
        subject: record.userId ?? record.clientId,
        userId: record.userId ?? undefined,
        clientId: record.clientId,
        scope: record.scope,
        audience: record.resources,
        issuedAt: record.issuedAt,
        expiresAt: record.expiresAt,
        authTime: record.authTime ?? undefined,
      }
    );
  }

  /** The row behind a presented access token; undefined when it is none, has expired or was revoked. */
  async find(token: string): Promise<AccessTokenRecord | undefined> {
    const key = await this.keyOf(token);
    return key && this.tokens.findAccessToken(key);
  }

  /** The key under which a presented access token would be stored; undefined when it cannot be ours. */
  async keyOf(token: string): Promise<Buffer | undefined> {
    if (token.length > MAX_TOKEN_LENGTH) return undefined;
    const identifier = await this.formats.identify(token);
    return identifier === undefined ? undefined : credentialKey(identifier);
  }
}
