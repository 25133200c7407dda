// One request to the authorization endpoint, and what came of it; nothing is signed in, consented to or followed.
import { baseOf, type Server } from './flow.js';
import { forms, hasId, textOf } from './html.js';
import { CookieJar, form, pkce, visit, type ParameterMap } from './http.js';

export type Method = 'GET' | 'POST';

/** What an authorization request came to. */
export type Answer = { response: Response; html: string } & (
  | /** The user reads it, the client does not. */ { kind: 'error page'; error: string | undefined }
  | /** A page of this server: `/sign-in`, `/consent`. */ { kind: 'page'; path: string }
  | /** The authorization response. */ { kind: 'answer'; uri: string; location: string; params: Record<string, string> }
);

/** Parameters that every request here has; `undefined` in the given ones removes one. */
export function authorizationParameters(parameters: ParameterMap): ParameterMap {
  return { response_type: 'code', state: 'a state', ...pkce().parameters, ...parameters };
}

/** Sends an authorization request, by POST as a form of another site, and says what came of it. */
export async function ask(
  server: Server,
  parameters: ParameterMap | string,
  options: { method?: Method; jar?: CookieJar } = {},
): Promise<Answer> {
  const { method = 'GET', jar = new CookieJar() } = options;
  const body = typeof parameters === 'string' ? parameters : form(authorizationParameters(parameters)).toString();
  const endpoint = `${baseOf(server)}/oauth/authorize`;
  if (method === 'GET') return read(server, await visit(jar, `${endpoint}?${body}`));
  // A cross-site POST carries none of our cookies: they are SameSite=Lax.
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const posted = await visit(new CookieJar(), endpoint, { method: 'POST', body, headers });
  const location = posted.headers.get('location');
  const onward = location && new URL(location, endpoint);
  if (!onward || onward.pathname !== new URL(endpoint).pathname) return read(server, posted);
  return read(server, await visit(jar, onward));
}

async function read(server: Server, response: Response): Promise<Answer> {
  const html = await response.text();
  const hidden = { enumerable: false };
  // Failed assertions print what came of the request, not the machinery behind it.
  return Object.defineProperties(cameTo(server, response, html), {
    response: { value: response, ...hidden },
    html: { value: html, ...hidden },
  }) as Answer;
}

function cameTo(server: Server, response: Response, html: string): object {
  const location = response.headers.get('location');
  if (location !== null) {
    const target = new URL(location, response.url);
    if (target.origin === new URL(server.url).origin) return { kind: 'page', path: target.pathname };
    const params = Object.fromEntries([...target.searchParams, ...new URLSearchParams(target.hash.slice(1))]);
    return { kind: 'answer', uri: location.replace(/[?#].*$/s, ''), location, params };
  }
  const [posted] = forms(html).filter(({ id }) => id === 'form-post');
  if (posted) return { kind: 'answer', uri: posted.action, location: posted.action, params: posted.fields };
  return { kind: 'error page', error: hasId(html, 'error') ? textOf(html, 'error-code') : undefined };
}
