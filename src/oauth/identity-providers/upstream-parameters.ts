// What of a client's request the identity provider is told: how fresh and how strong the sign-in has to be, and who is meant.
// @see OIDC Core §3.1.2.1 https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
import type { RequestParams } from '../../relying-party/oauth-client.options.js';
import type { AuthorizationRequest } from '../authorization-request.js';

/** What is asked of a sign-in at a provider. */
export interface UpstreamRequest {
  params: RequestParams;
  /** The client insists on a sign-in of late: the provider has to say when it was. */
  needsAuthTime: boolean;
}

/**
 * @param request of the client that waits
 * @param fresh whoever is signed in shall prove it again, for this server
 */
export function upstreamRequest(
  protocol: 'oauth1' | 'oauth2' | 'oidc',
  request: AuthorizationRequest | undefined,
  { fresh, uiLocales }: { fresh: boolean; uiLocales?: string },
): UpstreamRequest {
  const again = request?.prompt.includes('login') === true;
  const needsAuthTime = again || request?.maxAge !== undefined;
  if (protocol !== 'oidc') return { params: {}, needsAuthTime };
  const prompt =
    again || fresh ? 'login' : request?.prompt.includes('select_account') === true ? 'select_account' : undefined;
  // With max_age the provider has to tell when it was (§2).
  const maxAge = again ? 0 : request?.maxAge;
  return {
    params: {
      prompt,
      max_age: maxAge === undefined ? undefined : String(maxAge),
      acr_values: request?.acrValues?.join(' ') || undefined,
      login_hint: request?.loginHint,
      ui_locales: uiLocales,
    },
    needsAuthTime,
  };
}
