// Runs a call with a token that is good: renewed before it ends, and once more when the provider has refused it.
// @see RFC 6750 §3.1 https://www.rfc-editor.org/rfc/rfc6750#section-3.1
import type { TokenContext } from './oauth-client.options.js';
import type { OAuthToken } from './oauth-token.js';
import type { TokenRenewal } from './token-renewal.js';

/** What a call came to. */
export interface Outcome<T> {
  /** The provider says that the token is not valid. */
  refused: boolean;
  value: T;
}

export class TokenUse {
  constructor(private readonly renewal: TokenRenewal) {}

  /**
   * @param token default: that of `fetchToken`
   * @param call is run twice at most: what it sends must be there the second time
   * @throws OAuthClientError
   */
  async use<T>(
    token: OAuthToken | undefined,
    context: TokenContext,
    call: (token: OAuthToken) => Promise<Outcome<T>>,
  ): Promise<T> {
    const held = await this.renewal.hold(token, context);
    const live = await this.renewal.live(held);
    const first = await call(live);
    if (!first.refused || !this.renewal.canRenew(live)) return first.value;
    const other = await this.renewal.replace({ ...held, token: live });
    return other.access_token === live.access_token ? first.value : (await call(other)).value;
  }
}

/** Is it the token that is refused, and not what is asked for with it? */
export function isRefusal({ status, headers }: Response): boolean {
  return status === 401 && /(^|[\s,])error\s*=\s*"?invalid_token\b/i.test(headers.get('www-authenticate') ?? '');
}
