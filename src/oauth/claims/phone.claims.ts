// What the scope `phone` tells.
// @see OIDC Core §5.1, §5.4 https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
import { Claims, type ClaimsContext, type ClaimsSource } from './claims-source.js';

/** What the scope `phone` tells (OIDC Core §5.4). */
@Claims('phone')
export class PhoneClaims implements ClaimsSource {
  readonly claims = ['phone_number', 'phone_number_verified'] as const;

  resolve({ user: { claims } }: ClaimsContext): Record<string, unknown> {
    if (claims.phone_number === undefined) return {};
    return { phone_number: claims.phone_number, phone_number_verified: claims.phone_number_verified ?? false };
  }
}
