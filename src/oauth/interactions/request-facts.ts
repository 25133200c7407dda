// What people have to know of a request before they decide on it, beside the client's own words.
// @see RFC 9700 §4.12, RFC 8252 §8.6 https://www.rfc-editor.org/rfc/rfc8252#section-8.6
import { isLocalRedirect } from '../../common/redirect-uri.js';
import type { AuthorizationRequest } from '../authorization-request.js';

export interface RequestFacts {
  /** Where they go back to: a host, or the scheme of an application on their machine. */
  redirectHost: string;
  /** It leads to a program on their machine. */
  redirectIsLocal: boolean;
  /** The client comes from a user, or has registered itself: nobody vouches for it. */
  selfRegistered: boolean;
  resources: { identifier: string; name?: string }[];
}

export function factsOf({ client, redirectUri, resources }: AuthorizationRequest): RequestFacts {
  const redirect = new URL(redirectUri);
  return {
    redirectHost: redirect.host === '' ? redirect.protocol : redirect.host,
    redirectIsLocal: isLocalRedirect(redirectUri),
    selfRegistered: client.ownerId !== null || client.selfRegistered,
    resources: resources.map(({ identifier, name }) => ({ identifier, name })),
  };
}
