// What the scope `email` tells.
// @see OIDC Core §5.1, §5.4 https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
import { Claims, type ClaimsContext, type ClaimsSource } from './claims-source.js';

/** What the scope `email` tells (OIDC Core §5.4). */
@Claims('email')
export class EmailClaims implements ClaimsSource {
  readonly claims = ['email', 'email_verified'] as const;

  resolve({ user: { email, emailVerified } }: ClaimsContext): Record<string, unknown> {
    return email === undefined ? {} : { email, email_verified: emailVerified };
  }
}
