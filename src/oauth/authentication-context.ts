// What a way of signing in is worth: the `acr` of a sign-in, from its `amr`.
// @see OIDC Core §2, §3.1.2.1 https://openid.net/specs/openid-connect-core-1_0.html#IDToken
import { UnmetAuthenticationRequirementsError } from '../common/oauth-error.js';
import type { ServerOptions } from '../config/options.js';
import { askedValues, type RequestedClaim } from './claims/claims-request.js';

/** OIDC Core §2: the sign-in met none of the classes. */
const NO_CLASS = '0';

/** The class of the sign-in: the first one asked for that it meets, else the strongest. */
export function acrOf(
  amr: readonly string[],
  { authenticationContexts }: Pick<ServerOptions, 'authenticationContexts'>,
  asked: readonly unknown[] = [],
): string {
  const met = Object.entries(authenticationContexts).filter(([, methods]) => methods.every((one) => amr.includes(one)));
  // JavaScript puts names that are numbers first, whatever their order was: more methods are stronger.
  met.sort(([, a], [, b]) => b.length - a.length);
  const names = met.map(([name]) => name);
  const fitting = asked.find((value): value is string => names.some((name) => name === value));
  return fitting ?? names[0] ?? NO_CLASS;
}

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
