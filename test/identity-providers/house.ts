// A server that takes people from two identity providers, which say of them whatever the test wants.
import { randomBytes } from 'node:crypto';
import { USERS } from '../support/fixtures.js';
import { baseOf, type Server } from '../support/flow.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { CookieJar, form, type ParameterMap, pkce, visit } from '../support/http.js';
import { type RunningServer, startServer, type StartOptions } from '../support/server.js';

/** Of the client that waits. */
export const APP = {
  client_id: 'app',
  client_name: 'Waiting App',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['https://app.example/callback'],
  post_logout_redirect_uris: ['https://app.example/bye'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  scope: 'openid profile email',
  skip_consent: true,
} as const;

export interface House {
  server: RunningServer;
  /** The provider `corp`. */
  corp: HostileProvider;
  /** The provider `club`. */
  club: HostileProvider;
}

/** @param settings of the provider `corp` */
export async function startHouse(settings: object = {}, options: StartOptions = {}): Promise<House> {
  const [corp, club] = [await startHostileProvider(), await startHostileProvider()];
  const server = await startServer({
    ...options,
    bootstrap: {
      users: [USERS.alice, USERS.bob],
      clients: [APP],
      identity_providers: [
        { name: 'corp', server_metadata_url: corp.issuer, client_id: 'server', label: 'Corp & Co', ...settings },
        { name: 'club', server_metadata_url: club.issuer, client_id: 'server' },
      ],
      ...options.bootstrap,
    },
  });
  return { server, corp, club };
}

export function unique(name: string): string {
  return `${name}-${randomBytes(5).toString('hex')}`;
}

/** From now on the provider says this of everybody. */
export function become(provider: HostileProvider, claims: Record<string, unknown>): void {
  provider.bends = {
    claims: (honest) => ({ ...honest, ...claims }),
    userinfo: (honest) => ({ sub: claims.sub ?? honest.sub }),
  };
}

/** Where a response leads, as a URL. */
export function leadsTo(response: Response): URL {
  const location = response.headers.get('location');
  if (!location) throw new Error(`${response.url} answered ${response.status} and leads nowhere.`);
  return new URL(location, response.url);
}

/** At the provider and until the browser is sent back: the URL of the callback. */
export async function atProvider(url: URL): Promise<URL> {
  return leadsTo(await fetch(url, { redirect: 'manual' }));
}

/** To a provider and back: the answer of the callback. */
export async function signInWith(
  server: Server,
  jar = new CookieJar(),
  path = '/sign-in/with/corp',
): Promise<Response> {
  const start = await visit(jar, baseOf(server) + path);
  return visit(jar, await atProvider(leadsTo(start)));
}

/** An authorization request of the client that waits, which is sent to the sign-in page: that page's URL. */
export async function waitingAt(server: Server, jar: CookieJar, parameters: ParameterMap = {}): Promise<URL> {
  return leadsTo(await visit(jar, authorizationUrl(server, parameters)));
}

export function authorizationUrl(server: Server, parameters: ParameterMap = {}): string {
  const request = form({
    client_id: APP.client_id,
    redirect_uri: APP.redirect_uris[0],
    response_type: 'code',
    scope: 'openid',
    state: 'its-state',
    ...pkce('v'.repeat(43)).parameters,
    ...parameters,
  });
  return `${baseOf(server)}/oauth/authorize?${request.toString()}`;
}

/** Who is signed in in this browser, as the account page says. */
export async function signedInAs(server: Server, jar: CookieJar): Promise<string | undefined> {
  const page = await visit(jar, `${baseOf(server)}/account`);
  const text = await page.text();
  return page.status === 200 ? /Signed in as <bdi[^>]*>([^<]*)</.exec(text)?.[1] : undefined;
}
