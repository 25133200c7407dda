// Tokens that do not end: renewed in time, or after the provider refused them, one request however many calls wait.
// @see RFC 6749 §6, RFC 9700 §4.14.2 https://www.rfc-editor.org/rfc/rfc6749#section-6
import type { ApplicationTokens } from './application-tokens.js';
import { OAuthClientError } from './oauth-client-error.js';
import type { ReplacedToken, RequestParams, TokenContext } from './oauth-client.options.js';
import type { OAuthToken } from './oauth-token.js';
import type { Provider } from './provider.js';
import { Recent } from './recent.js';
import { SingleFlight } from './single-flight.js';
import type { TokenEndpoint } from './token-endpoint.js';
import { fingerprint, fingerprintOf, isDue, isOver, succeed } from './token-lifetime.js';
import type { TokenUpdates } from './token-updates.js';

/** How long a renewed token is at hand for calls that still have the old one, in milliseconds. */
const KEPT = 60_000;
const MAX_KEPT = 10_000;

/** The token of a call, and where it comes from. */
export interface HeldToken {
  token: OAuthToken;
  context: TokenContext;
  /** It was asked for by `fetchToken`, which may have a newer one by now. */
  fetched: boolean;
}

/** With which providers say that a refresh token is not valid: RFC 6749 §5.2, GitHub, Slack. */
const REFUSED = ['invalid_grant', 'bad_refresh_token', 'invalid_refresh_token'];

interface Renewal {
  token: OAuthToken;
  replaced: ReplacedToken;
  /** Names the parameters of the request. */
  params: string;
  /** `updateToken` runs, or has succeeded. */
  told?: boolean;
}

/** What became of one request. */
interface Outcome {
  params: string;
  /** Absent when it failed. */
  renewal?: Renewal;
  error?: unknown;
}

export class TokenRenewal {
  private readonly flights = new SingleFlight<Outcome>();
  private readonly recent = new Recent<Renewal>(KEPT, MAX_KEPT);

  constructor(
    private readonly provider: Provider,
    private readonly endpoint: TokenEndpoint,
    private readonly applications: ApplicationTokens,
    private readonly updates: TokenUpdates,
  ) {}

  /** The token that was given, or the one of `fetchToken`. */
  async hold(token: OAuthToken | undefined, context: TokenContext): Promise<HeldToken> {
    const found = token ?? (await this.fetchToken(context));
    if (!found) throw this.provider.error('missing_token', 'There is no token for this call.');
    return { token: found, context, fetched: token === undefined };
  }

  /** The token, or the one that takes its place when it is about to end. */
  async live(held: HeldToken): Promise<OAuthToken> {
    const { token } = held;
    if (!this.isDue(token)) return token;
    const over = isOver(token);
    if (!this.canRenew(token)) {
      if (over)
        throw this.provider.error('token_invalid', 'The token has expired, and there is nothing to renew it with.');
      return token;
    }
    try {
      return await this.renew(held);
    } catch (error) {
      // It is good for a moment yet, and the provider may be back by then.
      if (!over && error instanceof OAuthClientError && error.code === 'provider_unavailable') return token;
      throw error;
    }
  }

  canRenew(token: OAuthToken): boolean {
    return token.refresh_token !== undefined || this.applications.knows(token);
  }

  /** Another token for one that the provider has refused: maybe somebody has renewed it since it was asked for. */
  async replace(held: HeldToken): Promise<OAuthToken> {
    return (await this.fetchAnother(held)) ?? this.renew(held);
  }

  private async renew(held: HeldToken): Promise<OAuthToken> {
    const { token, context } = held;
    if (this.applications.knows(token)) return this.applications.renew(token, context);
    try {
      return await this.refresh(token, {}, context);
    } catch (error) {
      if (!(error instanceof OAuthClientError) || !REFUSED.includes(error.code)) throw error;
      // Another process may have been faster, and rotated the refresh token.
      const other = await this.fetchAnother(held);
      if (other) return other;
      throw this.provider.error('token_invalid', 'The token cannot be renewed any more.', { cause: error });
    }
  }

  private async fetchAnother({ token, context, fetched }: HeldToken): Promise<OAuthToken | undefined> {
    const other = fetched ? await this.fetchToken(context) : undefined;
    return other && fingerprintOf(other) !== fingerprintOf(token) && !this.isDue(other) ? other : undefined;
  }

  /**
   * A new token for this one. Whoever asks for it at the same time, or a moment later with the old token, gets the same.
   * @throws OAuthClientError
   */
  async refresh(token: OAuthToken, params: RequestParams, context: TokenContext): Promise<OAuthToken> {
    const wanted = fingerprint(params);
    for (;;) {
      const { current, renewal } = this.newest(token, wanted);
      if (renewal) return this.tellOnce(renewal, context);
      const { refresh_token: refreshToken } = current;
      if (!refreshToken) throw this.provider.error('missing_token', 'There is no refresh token.');
      // A refresh token is used by one request at a time: it may be another one by the next.
      const outcome = await this.flights.run(fingerprint(refreshToken), () => this.request(current, params));
      if (outcome.params !== wanted) continue;
      if (!outcome.renewal) throw outcome.error;
      return this.tellOnce(outcome.renewal, context);
    }
  }

  private async request(token: OAuthToken, given: RequestParams): Promise<Outcome> {
    const params = fingerprint(given);
    try {
      const successor = succeed(token, await this.endpoint.refresh(token, given));
      const renewal: Renewal = { token: successor, replaced: { refreshToken: token.refresh_token }, params };
      this.recent.set(fingerprintOf(token), renewal);
      return { params, renewal };
    } catch (error) {
      return { params, error };
    }
  }

  /** The last of those that followed the token: what was asked for, while it is good, else what is to be renewed now. */
  private newest(token: OAuthToken, wanted: string): { current: OAuthToken; renewal?: Renewal } {
    const seen = new Set<string>();
    let current = token;
    for (let key = fingerprintOf(token); !seen.has(key); key = fingerprintOf(current)) {
      seen.add(key);
      const renewal = this.recent.get(key);
      if (!renewal) break;
      current = renewal.token;
      if (renewal.params === wanted && !this.isDue(current)) return { current, renewal };
    }
    return { current };
  }

  /**
   * Who asks first waits until the new token is kept; a failure is tried again by the next. The others need not wait: one
   * of them may be `updateToken` itself.
   */
  private async tellOnce(renewal: Renewal, context: TokenContext): Promise<OAuthToken> {
    if (renewal.told) return renewal.token;
    renewal.told = true;
    try {
      await this.updates.tell(renewal.token, renewal.replaced, 'refresh_token', context);
    } catch (error) {
      renewal.told = false;
      throw error;
    }
    return renewal.token;
  }

  private async fetchToken(context: TokenContext): Promise<OAuthToken | undefined> {
    const { name, settings } = this.provider;
    return (await settings.fetchToken?.(name, context)) ?? undefined;
  }

  private isDue(token: OAuthToken): boolean {
    return isDue(token, this.provider.settings.leeway);
  }
}
