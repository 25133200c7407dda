// What people and clients do at the server, in one call each: sign up, sign in, authorize, redeem.
import { randomBytes } from 'node:crypto';
import { CALLBACK, CLIENTS, USERS } from './fixtures.js';
import { forms, plainText, type HtmlForm } from './html.js';
import { basic, CookieJar, form, pkce, postForm, visit, type ParameterMap } from './http.js';

export interface Server {
  url: string;
  issuer: string;
}

export interface Credentials {
  username: string;
  password: string;
}

export interface ClientCredentials {
  client_id: string;
  client_secret?: string;
  token_endpoint_auth_method?: string;
}

/** Signs a user in by the page and answers the browser's cookies. */
export async function signIn(
  server: Server,
  user: Credentials = USERS.alice,
  jar = new CookieJar(),
): Promise<CookieJar> {
  const page = await openForm(server, jar, `${baseOf(server)}/sign-in`, 'sign-in');
  const response = await submit(server, jar, page, { username: user.username, password: user.password });
  if (response.status !== 303) throw await unexpected('Sign-in of ' + user.username, response);
  return jar;
}

/** A new user with a name of its own, signed in. */
export async function signUp(server: Server): Promise<Credentials & { jar: CookieJar }> {
  const username = `user-${randomBytes(6).toString('hex')}`;
  const password = `password-${randomBytes(6).toString('hex')}`;
  const jar = new CookieJar();
  const page = await openForm(server, jar, `${baseOf(server)}/sign-up`, 'sign-up');
  const response = await submit(server, jar, page, { username, password });
  if (response.status !== 303) throw await unexpected('Sign-up', response);
  return { username, password, jar };
}

export interface AuthorizeOptions {
  /** The browser; it may be signed in already. */
  jar?: CookieJar;
  /** Who signs in when asked. Default: alice. */
  user?: Credentials;
  /** What is pressed on the consent page. Default: allow. */
  decision?: 'allow' | 'deny';
  /** How the authorization request is sent. Default: GET. */
  method?: 'GET' | 'POST';
}

export interface AuthorizationResult {
  /** Where the browser was sent, without query and fragment. */
  redirectUri: string;
  /** The whole `Location`; the action of the form for form_post. */
  location: string;
  /** The response parameters, from query, fragment or form. */
  params: Record<string, string>;
  code: string;
  /** PKCE verifier that belongs to the code. */
  verifier: string;
  /** Ids of the pages that were shown on the way: `sign-in`, `consent`. */
  pages: string[];
  jar: CookieJar;
}

/**
 * An authorization from the request to the response. `response_type`, `redirect_uri`, `state` and PKCE have defaults, of
 * which `undefined` removes one; sign-in and consent pages are answered on the way.
 * @example
 * const { code, verifier } = await authorize(server, { client_id: 'web', scope: 'read' });
 */
export async function authorize(
  server: Server,
  params: ParameterMap,
  options: AuthorizeOptions | CookieJar = {},
): Promise<AuthorizationResult> {
  const {
    jar = new CookieJar(),
    user = USERS.alice,
    decision = 'allow',
    method = 'GET',
  } = options instanceof CookieJar ? { jar: options } : options;
  const proof = pkce();
  const fixture = Object.values(CLIENTS).find(({ client_id }) => client_id === params.client_id);
  const registered = fixture && 'redirect_uris' in fixture ? fixture.redirect_uris[0] : CALLBACK;
  const request = form({
    response_type: 'code',
    redirect_uri: registered,
    state: randomBytes(8).toString('hex'),
    ...proof.parameters,
    ...params,
  });
  const endpoint = `${baseOf(server)}/oauth/authorize`;
  let response =
    method === 'GET'
      ? await visit(jar, `${endpoint}?${request.toString()}`)
      : await visit(jar, endpoint, { method: 'POST', body: request });
  const pages: string[] = [];

  for (let step = 0; step < 12; step++) {
    const location = response.headers.get('location');
    if (location) {
      const target = new URL(location, response.url || server.url);
      if (!isOwn(server, target))
        return result(location, parametersOf(target), { jar, pages, verifier: proof.verifier });
      await response.body?.cancel();
      response = await visit(jar, own(server, target));
      continue;
    }
    const html = await response.text();
    const found = forms(html);
    const signInForm = found.find(({ id }) => id === 'sign-in');
    const consentForm = found.find(({ buttons }) => buttons.some(({ id }) => id === 'consent-allow'));
    const back = found.find(({ action }) => action && !isOwn(server, new URL(action, response.url)));
    const at = response.url;
    if (signInForm) {
      if (pages.includes('sign-in') && pages.at(-1) === 'sign-in') throw failure('Sign-in was refused', response, html);
      pages.push('sign-in');
      response = await submit(server, jar, { ...signInForm, at }, { username: user.username, password: user.password });
    } else if (consentForm) {
      pages.push('consent');
      response = await submit(server, jar, { ...consentForm, at }, { decision });
    } else if (back) {
      return result(back.action, back.fields, { jar, pages, verifier: proof.verifier });
    } else {
      throw failure('The authorization stopped at a page', response, html);
    }
  }
  throw new Error('The authorization goes round in circles.');
}

/** Token endpoint request of a client, authenticated as it is registered. */
export function tokenRequest(server: Server, client: ClientCredentials, parameters: ParameterMap): Promise<Response> {
  return authenticatedPost(server, '/oauth/token', client, parameters);
}

/** POST of a form by a client to one of the endpoints, authenticated as it is registered. */
export function authenticatedPost(
  server: Server,
  path: string,
  client: ClientCredentials,
  parameters: ParameterMap,
): Promise<Response> {
  const url = `${baseOf(server)}${path}`;
  const method = client.token_endpoint_auth_method ?? (client.client_secret ? 'client_secret_basic' : 'none');
  if (method === 'none') return postForm(url, { client_id: client.client_id, ...parameters });
  if (method === 'client_secret_post') {
    return postForm(url, { client_id: client.client_id, client_secret: client.client_secret, ...parameters });
  }
  return postForm(url, parameters, { authorization: basic(client.client_id, client.client_secret ?? '') });
}

export interface TokenResponse {
  access_token: string;
  token_type: string;
  expires_in: number;
  scope: string;
  refresh_token?: string;
  id_token?: string;
  [member: string]: unknown;
}

/** Redeems a code; throws when the answer is not 200. */
export async function redeem(
  server: Server,
  client: ClientCredentials,
  grant: { code: string; verifier?: string; redirectUri?: string },
  extra: ParameterMap = {},
): Promise<TokenResponse> {
  const response = await tokenRequest(server, client, {
    grant_type: 'authorization_code',
    code: grant.code,
    redirect_uri: grant.redirectUri,
    code_verifier: grant.verifier,
    ...extra,
  });
  if (response.status !== 200) throw await unexpected('Redeeming the code', response);
  return (await response.json()) as TokenResponse;
}

/** The whole code flow, from the authorization request to the tokens. */
export async function obtainTokens(
  server: Server,
  client: ClientCredentials = CLIENTS.web,
  params: ParameterMap = {},
  options: AuthorizeOptions | CookieJar = {},
): Promise<TokenResponse & { jar: CookieJar }> {
  const authorization = await authorize(server, { client_id: client.client_id, ...params }, options);
  if (!authorization.code) throw new Error(`No code: ${JSON.stringify(authorization.params)}`);
  const tokens = await redeem(server, client, authorization);
  return { ...tokens, jar: authorization.jar };
}

/** A token for a machine. */
export async function clientCredentials(
  server: Server,
  client: ClientCredentials = CLIENTS.machine,
  params: ParameterMap = {},
): Promise<TokenResponse> {
  const response = await tokenRequest(server, client, { grant_type: 'client_credentials', ...params });
  if (response.status !== 200) throw await unexpected('client_credentials', response);
  return (await response.json()) as TokenResponse;
}

/** An access token with all administration scopes, for `/api/users`, `/api/clients` and `/api/tokens`. */
export async function administratorToken(server: Server): Promise<string> {
  const { administrator } = CLIENTS;
  return (await clientCredentials(server, administrator, { scope: administrator.scope })).access_token;
}

/** A request of the administration API with all its scopes: `administrate(server, 'DELETE', '/api/clients/web')`. */
export async function administrate(server: Server, method: string, path: string, body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${await administratorToken(server)}`, 'content-type': 'application/json' };
  const request = body
    ? { method, headers, body: JSON.stringify(body) }
    : { method, headers: { authorization: headers.authorization } };
  return fetch(baseOf(server) + path, request);
}

/** What introspection says about a token; the asking client defaults to the resource server `api`. */
export async function introspect(
  server: Server,
  token: string,
  client: ClientCredentials = CLIENTS.api,
): Promise<{ active: boolean; [member: string]: unknown }> {
  const response = await authenticatedPost(server, '/oauth/introspect', client, { token });
  if (response.status !== 200) throw await unexpected('Introspection', response);
  return (await response.json()) as { active: boolean };
}

/** A client gives a token back (RFC 7009). */
export function revoke(
  server: Server,
  client: ClientCredentials,
  token: string,
  extra: ParameterMap = {},
): Promise<Response> {
  return authenticatedPost(server, '/oauth/revoke', client, { token, ...extra });
}

/** The sample protected resource, as a client with this access token sees it. */
export function me(server: Server, token: string): Promise<Response> {
  return fetch(`${baseOf(server)}/api/me`, { headers: { authorization: `Bearer ${token}` } });
}

export interface OpenForm extends HtmlForm {
  /** URL of the page that the form is on. */
  at: string;
}

/** Opens a page and answers its form with this id (redirects within the server are followed). */
export async function openForm(server: Server, jar: CookieJar, url: string, id: string): Promise<OpenForm> {
  let response = await visit(jar, url);
  for (let step = 0; response.headers.get('location') && step < 5; step++) {
    await response.body?.cancel();
    response = await visit(jar, own(server, new URL(response.headers.get('location')!, response.url)));
  }
  const html = await response.text();
  const found = forms(html).find((one) => one.id === id);
  if (!found) throw failure(`No form '${id}'`, response, html);
  return { ...found, at: response.url };
}

/** Submits a form as a browser does, with its hidden fields and the `Origin` header. */
export function submit(server: Server, jar: CookieJar, page: OpenForm, fields: ParameterMap): Promise<Response> {
  const target = own(server, new URL(page.action || page.at, page.at));
  const body = form({ ...page.fields, ...fields });
  const headers = { origin: new URL(server.issuer).origin, 'sec-fetch-site': 'same-origin', referer: page.at };
  return visit(jar, target, { method: page.method, body, headers });
}

/** Root of the server's paths: an issuer with a path has everything below it. */
export function baseOf(server: Server): string {
  return server.url + new URL(server.issuer).pathname.replace(/\/$/, '');
}

/** Below the issuer: a host application has pages of its own beside it. */
function isOwn(server: Server, url: URL): boolean {
  const issuer = new URL(server.issuer);
  return (url.origin === issuer.origin || url.origin === server.url) && url.pathname.startsWith(issuer.pathname);
}

/** A URL of the issuer as one of the process that the test talks to. */
function own(server: Server, url: URL): URL {
  return new URL(url.pathname + url.search, server.url);
}

function parametersOf(url: URL): Record<string, string> {
  return Object.fromEntries([...url.searchParams, ...new URLSearchParams(url.hash.slice(1))]);
}

function result(
  location: string,
  params: Record<string, string>,
  rest: { jar: CookieJar; pages: string[]; verifier: string },
): AuthorizationResult {
  return { redirectUri: location.replace(/[?#].*$/s, ''), location, params, code: params.code ?? '', ...rest };
}

function failure(what: string, response: Response, html: string): Error {
  return new Error(`${what}: ${response.status} at ${response.url}: ${plainText(html).slice(0, 500)}`);
}

async function unexpected(what: string, response: Response): Promise<Error> {
  return failure(what, response, await response.text());
}
