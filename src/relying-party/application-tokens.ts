// Tokens of the application itself: for its own credentials, or for an assertion; kept, and renewed by themselves.
// @see RFC 6749 §4.4, RFC 7523 §2.1 https://www.rfc-editor.org/rfc/rfc6749#section-4.4
import { randomUUID } from 'node:crypto';
import type { RenewedBy } from '../events/events.js';
import type { AssertionSigner } from './assertion-signer.js';
import type { AssertionOptions } from './oauth-client.js';
import type { RequestParams, TokenContext } from './oauth-client.options.js';
import type { OAuthToken } from './oauth-token.js';
import type { Provider } from './provider.js';
import { Recent } from './recent.js';
import { SingleFlight } from './single-flight.js';
import type { TokenEndpoint } from './token-endpoint.js';
import { fingerprint, isDue } from './token-lifetime.js';
import type { TokenUpdates } from './token-updates.js';

/** How long a token is kept that does not tell its end, in milliseconds. */
const KEPT = 86_400_000;
const MAX_KEPT = 1_000;

/** How a token was got, and is got again. */
interface Origin {
  key: string;
  grantType: RenewedBy;
  request: () => Promise<OAuthToken>;
}

export class ApplicationTokens {
  private readonly flights = new SingleFlight<OAuthToken>();
  private readonly kept = new Recent<OAuthToken>(KEPT, MAX_KEPT);
  /** By the access token. */
  private readonly origins = new Recent<Origin>(KEPT, MAX_KEPT);
  private readonly makers = new WeakMap<object, string>();

  constructor(
    private readonly provider: Provider,
    private readonly endpoint: TokenEndpoint,
    private readonly signer: AssertionSigner,
    private readonly updates: TokenUpdates,
  ) {}

  clientCredentials({ scope, params = {} }: { scope?: string; params?: RequestParams } = {}): Promise<OAuthToken> {
    const wanted = scope ?? this.ownScope();
    return this.get({
      key: fingerprint('client_credentials', wanted, Object.entries(params).sort()),
      grantType: 'client_credentials',
      request: () => this.endpoint.clientCredentials({ ...params, scope: wanted }),
    });
  }

  assertion(options: AssertionOptions): Promise<OAuthToken> {
    const { assertion, scope, ...made } = options;
    return this.get({
      key: fingerprint('jwt-bearer', typeof assertion === 'function' ? this.nameOf(assertion) : assertion, scope, made),
      grantType: 'jwt-bearer',
      request: async () => {
        const jwt = typeof assertion === 'function' ? await assertion() : assertion;
        return this.endpoint.assertion(jwt ?? (await this.signer.sign(made)), { scope });
      },
    });
  }

  /** Was it got here? */
  knows(token: OAuthToken): boolean {
    return this.originOf(token) !== undefined;
  }

  /** What takes the place of a token that was got here. */
  renew(token: OAuthToken, context: TokenContext): Promise<OAuthToken> {
    const origin = this.originOf(token);
    if (!origin) throw new Error('The token was not got here.');
    return this.get(origin, context, token);
  }

  /** It is not valid any more: the next who asks gets another one. */
  forget(accessToken: string): void {
    const origin = this.origins.get(fingerprint(accessToken));
    if (origin && this.kept.get(origin.key)?.access_token === accessToken) this.kept.delete(origin.key);
  }

  /** @param refused a token that must not be given again */
  private get(origin: Origin, context: TokenContext = {}, refused?: OAuthToken): Promise<OAuthToken> {
    const kept = this.kept.get(origin.key);
    const isGood = kept && kept.access_token !== refused?.access_token && !isDue(kept, this.provider.settings.leeway);
    if (isGood) return Promise.resolve(kept);
    return this.flights.run(origin.key, async () => {
      const token = Object.freeze(await origin.request());
      this.kept.set(origin.key, token);
      this.origins.set(fingerprint(token.access_token), origin);
      const { access_token: replaced } = refused ?? kept ?? {};
      if (replaced) await this.updates.tell(token, { accessToken: replaced }, origin.grantType, context);
      return token;
    });
  }

  private originOf(token: OAuthToken): Origin | undefined {
    return token.refresh_token === undefined ? this.origins.get(fingerprint(token.access_token)) : undefined;
  }

  /** That of a sign-in is for users. */
  private ownScope(): string | undefined {
    const { scope } = this.provider.settings;
    return scope?.split(' ').includes('openid') ? undefined : scope;
  }

  private nameOf(maker: object): string {
    let name = this.makers.get(maker);
    if (!name) this.makers.set(maker, (name = randomUUID()));
    return name;
  }
}
