// What a way of signing in is worth: the `acr` of a sign-in, from its `amr`.
// @see OIDC Core §2, RFC 9470 §6 https://openid.net/specs/openid-connect-core-1_0.html#IDToken
import type { ServerOptions } from '../config/options.js';
import type { IssuedGrant } from './issuance.js';

/** OIDC Core §2: the sign-in met none of the classes. */
const NO_CLASS = '0';

type Contexts = Pick<ServerOptions, 'authenticationContexts'>;

/** The class of the sign-in: the first one asked for that it meets, else the strongest. */
export function acrOf(
  amr: readonly string[],
  { authenticationContexts }: Contexts,
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
 * The class of the sign-in behind a grant, as its request asked for it.
 *
 * @returns undefined when it is not known how the user signed in, or there is none
 * @example const acr = acrOfGrant(grant, this.options);
 */
export function acrOfGrant(
  { amr, claims }: Pick<IssuedGrant, 'amr' | 'claims'>,
  options: Contexts,
): string | undefined {
  return amr?.length ? acrOf(amr, options, (claims as { acr?: readonly string[] } | null)?.acr) : undefined;
}
