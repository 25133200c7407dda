// How long what a client gets lives, and whether it gets a refresh token.
// @see RFC 9700 §4.14, OIDC Core §11 https://www.rfc-editor.org/rfc/rfc9700#section-4.14
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.js';
import { ServerOptions } from '../config/options.js';

const REFRESH_TOKEN = 'refresh_token';

/** Decides how long what a client gets lives, and whether it gets a refresh token. */
@Injectable()
export class TokenPolicy {
  constructor(private readonly options: ServerOptions) {}

  /** Seconds. */
  accessTokenLifetime(client: Client, grantType: string): number {
    const { accessToken, accessTokenByGrantType } = this.options.lifetimes;
    return client.metadata.access_token_lifetime ?? accessTokenByGrantType[grantType] ?? accessToken;
  }

  /** Seconds without use. */
  refreshTokenLifetime(client: Client): number {
    return client.metadata.refresh_token_lifetime ?? this.options.lifetimes.refreshToken;
  }

  /** Seconds from the authorization. */
  refreshTokenAbsoluteLifetime(client: Client): number {
    return client.metadata.refresh_token_absolute_lifetime ?? this.options.lifetimes.refreshTokenAbsolute;
  }

  /** Seconds. */
  refreshTokenGrace(client: Client): number {
    return client.metadata.refresh_token_grace ?? this.options.lifetimes.refreshTokenGrace;
  }

  /** Is the client registered for refresh tokens, and are they switched on? */
  allowsRefreshTokens(client: Client): boolean {
    return client.allowsGrantType(REFRESH_TOKEN) && !this.options.disabledGrantTypes.includes(REFRESH_TOKEN);
  }

  /** For an OIDC request only with offline_access. */
  issuesRefreshToken(client: Client, scope: readonly string[]): boolean {
    return this.allowsRefreshTokens(client) && (!scope.includes('openid') || scope.includes('offline_access'));
  }

  /**
   * Seconds to the absolute end of a grant: that of its refresh tokens, or of its one access token.
   * @param refreshed does it have refresh tokens?
   * @param collectedWithin seconds in which the client comes for its tokens
   */
  grantLifetime(
    client: Client,
    grantType: string,
    scope: readonly string[],
    refreshed = this.issuesRefreshToken(client, scope),
    collectedWithin = this.options.lifetimes.authorizationCode,
  ): number {
    return refreshed
      ? this.refreshTokenAbsoluteLifetime(client)
      : collectedWithin + this.accessTokenLifetime(client, grantType);
  }
}
