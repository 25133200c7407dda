// Asks the issuer what a token is worth.
// @see RFC 7662 §2 https://www.rfc-editor.org/rfc/rfc7662#section-2
import { Logger } from '@nestjs/common';
import { accessTokenOf, isNumericDate, textsOf } from '../access-token.js';
import type { AccessToken, MaybePromise } from '../token-verifier.js';
import { TokenVerificationUnavailableError } from '../unavailable-error.js';
import { type CacheSettings, IntrospectionCache, type KnownToken } from './introspection-cache.js';
import { IssuerRequestError, requestJson } from './issuer-requests.js';

export interface IntrospectionSettings extends CacheSettings {
  issuer: string;
  audiences: readonly string[];
  clientId: string;
  clientSecret: string;
  /** Seconds by which clocks may differ. */
  clockTolerance: number;
  /** Milliseconds of a request. */
  timeout: number;
}

/** Requests to the endpoint at a time; what is more is told to come back. */
const MAX_CONCURRENT = 1_000;
/** Milliseconds between two warnings: an issuer that is away is one event, not one a request. */
const WARN_AFTER = 10_000;
/** Of a token that does not say when it ends. */
const NEVER = 8.64e12;

export class IntrospectionVerifier {
  private readonly logger = new Logger('ResourceServer');
  private readonly cache: IntrospectionCache;
  private readonly authorization: string;
  private running = 0;
  private warnedAt = -Infinity;

  /** @param endpoint where it is */
  constructor(
    private readonly settings: IntrospectionSettings,
    private readonly endpoint: () => Promise<string>,
  ) {
    this.cache = new IntrospectionCache(settings);
    // RFC 6749 §2.3.1: both halves are encoded first.
    const { clientId, clientSecret } = settings;
    const credentials = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
    this.authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  }

  /**
   * @returns undefined when the token is not active, or not for one of the audiences
   * @throws TokenVerificationUnavailableError when the issuer does not answer, or not as it must
   */
  verify(token: string): MaybePromise<AccessToken | undefined> {
    return this.cache.get(token, () => this.ask(token));
  }

  private async ask(token: string): Promise<KnownToken> {
    if (this.running >= MAX_CONCURRENT)
      throw new TokenVerificationUnavailableError('Too many introspection requests at a time.');
    this.running++;
    try {
      return this.read(token, await this.request(token));
    } catch (error) {
      if (!(error instanceof IssuerRequestError)) throw error;
      this.warn(error.message);
      throw new TokenVerificationUnavailableError(error.message);
    } finally {
      this.running--;
    }
  }

  private async request(token: string): Promise<unknown> {
    const body = new URLSearchParams({ token, token_type_hint: 'access_token' });
    const headers = { authorization: this.authorization };
    return (await requestJson(await this.endpoint(), { headers, body }, this.settings.timeout)).json;
  }

  /** RFC 7662 §2.2; §4: what the endpoint says of audience and time is checked here as well. */
  private read(token: string, answer: unknown): KnownToken {
    const { issuer, clockTolerance } = this.settings;
    if (typeof answer !== 'object' || answer === null || !('active' in answer) || typeof answer.active !== 'boolean')
      throw new IssuerRequestError(`${issuer} answered without 'active' to an introspection`);
    if (!answer.active) return undefined;
    const claims = { iss: issuer, exp: NEVER, ...answer } as Record<string, unknown>;
    const { iss, client_id, sub = client_id, exp, iat, nbf } = claims;
    if (typeof client_id !== 'string' || typeof sub !== 'string')
      throw new IssuerRequestError(`${issuer} answered without 'client_id' to an introspection`);
    const now = Date.now() / 1000;
    if (iss !== issuer || !isNumericDate(exp) || exp <= now - clockTolerance) return undefined;
    if (nbf !== undefined && !(isNumericDate(nbf) && nbf <= now + clockTolerance)) return undefined;
    const audience = this.audienceOf(claims.aud);
    if (!audience || !isBearerToken(claims)) return undefined;
    const verified = { ...claims, iss: issuer, client_id, sub, exp, iat: isNumericDate(iat) ? iat : undefined };
    // Only its hash stays here.
    const { token: _, ...known } = accessTokenOf(token, verified);
    return freeze({ ...known, audience, claims: answer });
  }

  /**
   * The resources that the token is bound to, when ours is one of them. The issuer as audience, and none at all, mean
   * none in particular: the issuer has decided that this client may know of the token.
   */
  private audienceOf(aud: unknown): string[] | undefined {
    const { issuer, audiences } = this.settings;
    const given = aud === undefined ? [] : textsOf(aud);
    if (!given || given.every((one) => one === issuer)) return given && [];
    return given.some((one) => audiences.includes(one)) ? given : undefined;
  }

  private warn(message: string): void {
    if (performance.now() - this.warnedAt < WARN_AFTER) return;
    this.warnedAt = performance.now();
    this.logger.warn(message);
  }
}

/** Neither a refresh token, nor bound to a key that a bearer does not prove (RFC 7800). */
function isBearerToken({ token_type, token_use, cnf }: Record<string, unknown>): boolean {
  const type =
    token_type === undefined || (typeof token_type === 'string' && /^(bearer|access_token)$/i.test(token_type));
  return type && (token_use === undefined || token_use === 'access_token') && cnf === undefined;
}

/** All requests with the token are told the same: none of them changes what another one may. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}
