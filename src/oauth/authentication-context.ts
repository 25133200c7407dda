// What a way of signing in is worth: the `acr` of a sign-in, from its `amr`.
// @see OIDC Core §2, §3.1.2.1 https://openid.net/specs/openid-connect-core-1_0.html#IDToken
import { isDeepStrictEqual } from 'node:util';
import { UnmetAuthenticationRequirementsError } from '../common/oauth-error.js';
import type { ServerOptions } from '../config/options.js';
import { askedValues, type RequestedClaim } from './claims/claims-request.js';

/** OIDC Core §2: the sign-in met none of the classes. */
const NO_CLASS = '0';

/** The strongest class whose methods were all used. */
export function acrOf(amr: readonly string[], { authenticationContexts }: ServerOptions): string {
  const found = Object.entries(authenticationContexts).find(([, methods]) =>
    methods.every((method) => amr.includes(method)),
  );
  return found?.[0] ?? NO_CLASS;
}

/**
 * @throws UnmetAuthenticationRequirementsError when the client insists on a class that the sign-in does not have
 * @see OIDC Core §5.5.1.1, OpenID Connect Core Error Code unmet_authentication_requirements 1.0
 */
export function checkAcr(requested: RequestedClaim | undefined, acr: string): void {
  if (!requested?.essential) return;
  const asked = askedValues(requested);
  if (asked && !asked.some((value) => isDeepStrictEqual(value, acr))) {
    throw new UnmetAuthenticationRequirementsError('The user cannot sign in in the way that is asked for.');
  }
}
