// ID tokens: who signed them, for whom, about whom, and that they belong to this answer.
// @see OIDC Core §3.1.3.7, §3.1.3.8, §3.3.2.11 https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
import { createHash } from 'node:crypto';
import type { UserInfo } from './oauth-token.js';
import type { Provider } from './provider.js';
import type { SignedJwt } from './published-keys.js';

/** What an ID token has to fit. */
export interface IdTokenExpectation {
  /** That was sent; undefined where the provider gives none back. */
  nonce?: string;
  /** Compared with `at_hash`, where there is one. */
  accessToken?: string;
  /** Compared with `c_hash`, which then has to be there. */
  code?: string;
  /** Seconds since the user was asked: `auth_time` then has to be there. */
  maxAge?: number;
}

export class IdTokens {
  constructor(private readonly provider: Provider) {}

  /**
   * The claims of an ID token that is what it should be.
   * @throws OAuthClientError `invalid_response`, `mismatching_issuer`
   */
  async verify(idToken: string, expected: IdTokenExpectation): Promise<UserInfo> {
    const { keys } = this.provider;
    const { header, claims } = await keys.verify(idToken, await keys.idTokenAlgorithms());
    // Access tokens and logout tokens are signed with the same keys (RFC 8725 §3.11).
    if (/\+jwt$/i.test(String(header.typ ?? ''))) throw this.refuse('type');
    await this.checkParties(claims);
    this.checkTimes(claims, expected.maxAge);
    if (typeof claims.sub !== 'string' || claims.sub === '') throw this.refuse('sub');
    if (expected.nonce !== undefined && claims.nonce !== expected.nonce) throw this.refuse('nonce');
    const { accessToken, code } = expected;
    if (accessToken !== undefined && claims.at_hash !== undefined)
      this.checkHash('at_hash', accessToken, { header, claims });
    if (code !== undefined) this.checkHash('c_hash', code, { header, claims });
    return claims as UserInfo;
  }

  private async checkParties(claims: Record<string, unknown>): Promise<void> {
    const { clientId, issuerOf } = this.provider.settings;
    const { issuer } = await this.provider.metadata();
    const expected = issuer !== undefined && issuerOf ? issuerOf(claims, issuer) : issuer;
    if (expected === undefined || claims.iss !== expected)
      throw this.provider.error('mismatching_issuer', 'The ID token is of another issuer.');
    const audiences: unknown[] = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
    if (!audiences.includes(clientId)) throw this.refuse('aud');
    if ((audiences.length > 1 || claims.azp !== undefined) && claims.azp !== clientId) throw this.refuse('azp');
  }

  private checkTimes({ exp, iat, nbf, auth_time: authTime }: Record<string, unknown>, maxAge?: number): void {
    const tolerance = this.provider.settings.clockTolerance;
    const now = Math.floor(Date.now() / 1000);
    if (typeof exp !== 'number' || exp <= now - tolerance) throw this.refuse('exp');
    if (typeof iat !== 'number' || iat > now + tolerance) throw this.refuse('iat');
    if (nbf !== undefined && (typeof nbf !== 'number' || nbf > now + tolerance)) throw this.refuse('nbf');
    if (maxAge !== undefined && (typeof authTime !== 'number' || authTime + maxAge < now - tolerance))
      throw this.refuse('auth_time');
  }

  private checkHash(claim: 'at_hash' | 'c_hash', value: string, { header, claims }: SignedJwt): void {
    const [, bits = '512'] = /(256|384|512)$/.exec(header.alg) ?? [];
    const digest = createHash(`sha${bits}`).update(value).digest();
    if (claims[claim] !== digest.subarray(0, digest.length / 2).toString('base64url')) throw this.refuse(claim);
  }

  /** Names the claim, and holds nothing of the token. */
  private refuse(claim: string): Error {
    return this.provider.error('invalid_response', `The ID token has a wrong ${claim}, or none.`);
  }
}
