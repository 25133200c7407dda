// Logout tokens of a provider: what it says when a session there has ended.
// @see OpenID Connect Back-Channel Logout §2.4, §2.6 https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation
import { callbackParameters } from './callback-parameters.js';
import type { ClientRequest } from './oauth-client.js';
import type { Provider } from './provider.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const TYPES = new Set(['logout+jwt', 'application/logout+jwt', 'jwt']);
/** More than come within the life of a token, and a bound for what is remembered of them. */
const MAX_USED = 100_000;
const MAX_LENGTH = 16_384;

/** What a provider says has ended: one session, or with `subject` alone every session of a user. */
export interface LogoutToken {
  issuer: string;
  subject?: string;
  sid?: string;
  /** `jti`: the token is accepted once. */
  id: string;
  /** For when the sessions could not be ended: the provider may send the token once more. */
  release(): void;
}

export class LogoutTokens {
  /** Seconds since 1970 at which each has ended, by `jti`. */
  private readonly used = new Map<string, number>();

  constructor(private readonly provider: Provider) {}

  /**
   * @param from the token, or the request that posts it
   * @throws OAuthClientError `invalid_response` or `mismatching_issuer` when the token is not the provider's for this client,
   * or was there before; `provider_unavailable` without its keys
   */
  async verify(from: string | ClientRequest): Promise<LogoutToken> {
    const token = typeof from === 'string' ? from : await this.read(from);
    if (token.length > MAX_LENGTH) throw this.refuse('is too long');
    const { header, claims } = await this.provider.keys.verify(token, await this.provider.keys.idTokenAlgorithms());
    if (header.typ !== undefined && !TYPES.has(String(header.typ).toLowerCase())) throw this.refuse('has another type');
    const issuer = await this.checkIssuer(claims);
    const { sub: subject, sid, jti, exp } = claims;
    if (![claims.aud].flat().includes(this.provider.settings.clientId)) throw this.refuse('is for another client');
    this.checkTimes(claims);
    if (!isObject(claims.events) || !Object.hasOwn(claims.events, EVENT) || !isObject(claims.events[EVENT]))
      throw this.refuse('tells of no logout');
    if (claims.nonce !== undefined) throw this.refuse('has a nonce, as ID tokens have');
    if (!isAbsentOrText(subject) || !isAbsentOrText(sid)) throw this.refuse('has no readable sub or sid');
    if (subject === undefined && sid === undefined) throw this.refuse('has neither sub nor sid');
    if (typeof jti !== 'string' || jti === '') throw this.refuse('has no jti');
    this.use(jti, (exp as number) + this.provider.settings.clockTolerance);
    const release = (): void => void this.used.delete(jti);
    return { issuer, id: jti, release, ...(subject !== undefined && { subject }), ...(sid !== undefined && { sid }) };
  }

  private async read(request: ClientRequest): Promise<string> {
    if (request.method !== 'POST') throw this.refuse('is not posted');
    return (await callbackParameters(this.provider, request)).get('logout_token') ?? '';
  }

  private async checkIssuer(claims: Record<string, unknown>): Promise<string> {
    const { issuerOf } = this.provider.settings;
    const { issuer } = await this.provider.metadata();
    const expected = issuer !== undefined && issuerOf ? issuerOf(claims, issuer) : issuer;
    if (expected === undefined || claims.iss !== expected)
      throw this.provider.error('mismatching_issuer', 'The logout token is of another issuer.');
    return expected;
  }

  private checkTimes({ iat, exp, nbf }: Record<string, unknown>): void {
    const tolerance = this.provider.settings.clockTolerance;
    if (typeof iat !== 'number' || iat > now() + tolerance) throw this.refuse('has no iat, or one in the future');
    if (typeof exp !== 'number' || exp <= now() - tolerance) throw this.refuse('has no exp, or has expired');
    if (nbf !== undefined && (typeof nbf !== 'number' || nbf > now() + tolerance))
      throw this.refuse('is not valid yet');
  }

  private use(id: string, until: number): void {
    if ((this.used.get(id) ?? 0) > now()) throw this.refuse('was there before');
    for (const [old, end] of this.used) {
      if (end > now() && this.used.size < MAX_USED) break;
      this.used.delete(old);
    }
    this.used.delete(id);
    this.used.set(id, until);
  }

  private refuse(why: string): Error {
    return this.provider.error('invalid_response', `The logout token ${why}.`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAbsentOrText(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value !== '');
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
