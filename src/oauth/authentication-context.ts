// Clients that insist on a class of sign-in.
// @see OIDC Core §5.5.1.1 https://openid.net/specs/openid-connect-core-1_0.html#acrSemantics
import { UnmetAuthenticationRequirementsError } from '../common/oauth-error.js';
import type { ServerOptions } from '../config/options.js';
import { acrOf } from '../tokens/authentication-context.js';
import { askedValues, type RequestedClaim } from './claims/claims-request.js';

/**
 * @throws UnmetAuthenticationRequirementsError when the client insists on a class that the sign-in does not have
 * @see OIDC Core §5.5.1.1, OpenID Connect Core Error Code unmet_authentication_requirements 1.0
 */
export function checkAcr(
  requested: RequestedClaim | undefined,
  amr: readonly string[],
  options: Pick<ServerOptions, 'authenticationContexts'>,
): void {
  const asked = requested?.essential ? askedValues(requested) : undefined;
  if (asked && !asked.includes(acrOf(amr, options, asked)))
    throw new UnmetAuthenticationRequirementsError('The user cannot sign in in the way that is asked for.');
}
