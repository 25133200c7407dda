// What the scope `profile` tells.
// @see OIDC Core §5.1, §5.4 https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
import { Claims, type ClaimsContext, type ClaimsSource } from './claims-source.js';

/** What the scope `profile` tells (OIDC Core §5.4). */
@Claims('profile')
export class ProfileClaims implements ClaimsSource {
  readonly claims = [
    'name', 'family_name', 'given_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture', 'website',
    'gender', 'birthdate', 'zoneinfo', 'locale', 'updated_at',
  ] as const; // prettier-ignore

  resolve({ user }: ClaimsContext): Record<string, unknown> {
    const { phone_number, phone_number_verified, address, ...profile } = user.claims;
    const updatedAt = user.updatedAt && Math.floor(user.updatedAt.getTime() / 1000);
    return { preferred_username: user.username, updated_at: updatedAt, ...profile };
  }
}
