// The user's part in a flow of a client library: opens the URL that it made, signs in, consents, and brings back where the
// browser was sent.
import { authorize, type AuthorizeOptions, baseOf, type Credentials, type Server, signUp } from '../support/flow.js';
import type { CookieJar, Parameter } from '../support/http.js';

export interface Visit {
  /** The redirect URI with the response in query or fragment. */
  url: URL;
  /** The response as the browser posts it (form_post). */
  request: Request;
  /** The pages that were shown. */
  pages: string[];
  jar: CookieJar;
}

/** Follows an authorization URL to its end, with exactly the parameters that the library sent. */
export async function follow(server: Server, authorizationUrl: URL, options: AuthorizeOptions = {}): Promise<Visit> {
  expect(authorizationUrl.origin + authorizationUrl.pathname).toBe(`${baseOf(server)}/oauth/authorize`);
  const params: Record<string, Parameter> = {
    redirect_uri: undefined,
    state: undefined,
    code_challenge: undefined,
    code_challenge_method: undefined,
  };
  for (const name of new Set(authorizationUrl.searchParams.keys())) {
    params[name] = authorizationUrl.searchParams.getAll(name);
  }
  const {
    location,
    params: sent,
    pages,
    jar,
  } = await authorize(server, { ...params, client_id: params.client_id }, options);
  const request = new Request(location, { method: 'POST', body: new URLSearchParams(sent) });
  return { url: new URL(location), request, pages, jar };
}

/** Somebody who has never been here: signs in and consents on the way. */
export async function newcomer(server: Server): Promise<{ user: Credentials }> {
  const { username, password } = await signUp(server);
  return { user: { username, password } };
}
