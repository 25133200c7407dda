// What the scope `address` tells.
// @see OIDC Core §5.1.1, §5.4 https://openid.net/specs/openid-connect-core-1_0.html#AddressClaim
import { Claims, type ClaimsContext, type ClaimsSource } from './claims-source.js';

/** What the scope `address` tells (OIDC Core §5.4). */
@Claims('address')
export class AddressClaims implements ClaimsSource {
  readonly claims = ['address'] as const;

  resolve({ user }: ClaimsContext): Record<string, unknown> {
    return { address: user.claims.address };
  }
}
