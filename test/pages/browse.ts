// People at the pages, step by step: open, look at what there is, press a button.
import { randomBytes } from 'node:crypto';
import { baseOf, type OpenForm, type Server, submit } from '../support/flow.js';
import { forms, textOf } from '../support/html.js';
import { type CookieJar, form, type ParameterMap, pkce, visit } from '../support/http.js';
import { CALLBACK } from '../support/fixtures.js';

/** Where a browser has come to: a page of the server, or the way to another host. */
export interface Stop {
  status: number;
  /** URL of the page. */
  at: string;
  headers: Headers;
  html: string;
  /** Where the browser was sent, when that is another host. */
  location: URL | undefined;
  /** Response parameters of that location. */
  params: Record<string, string>;
  /** The code on the error page. */
  error: string | undefined;
}

/** Opens a page below the issuer and follows redirects as long as they stay at the server. */
export async function open(server: Server, jar: CookieJar, path: string, init: RequestInit = {}): Promise<Stop> {
  const language = new Headers(init.headers).get('accept-language');
  const response = await visit(jar, `${baseOf(server)}${path}`, init);
  return arrive(server, jar, response, language === null ? {} : { 'accept-language': language });
}

/** Follows a response to where it leads; the headers are those that the browser sends with every request. */
export async function arrive(
  server: Server,
  jar: CookieJar,
  response: Response,
  headers: Record<string, string> = {},
): Promise<Stop> {
  for (let step = 0; step < 10; step++) {
    const { status, url } = response;
    const location = response.headers.get('location');
    const html = await response.text();
    if (location === null) {
      return {
        status,
        headers: response.headers,
        at: url,
        html,
        location: undefined,
        params: {},
        error: textOf(html, 'error-code'),
      };
    }
    const target = new URL(location, url);
    if (target.origin !== new URL(server.issuer).origin && target.origin !== server.url) {
      const params = Object.fromEntries([...target.searchParams, ...new URLSearchParams(target.hash.slice(1))]);
      return { status, headers: response.headers, at: url, html, location: target, params, error: undefined };
    }
    response = await visit(jar, new URL(target.pathname + target.search, server.url), { headers });
  }
  throw new Error('The pages go round in circles.');
}

/** The form of a page, by its id or by the end of its action. */
export function formOf(page: Stop, name: string): OpenForm {
  const found = forms(page.html).find(({ id, action }) => id === name || action.endsWith(`/${name}`));
  if (!found) throw new Error(`No form '${name}' at ${page.at} (${page.status}): ${page.error ?? ''}`);
  return { ...found, at: page.at };
}

/** Fills in a form of the page, sends it and goes where that leads. */
export async function press(
  server: Server,
  jar: CookieJar,
  page: Stop,
  name: string,
  fields: ParameterMap = {},
): Promise<Stop> {
  return arrive(server, jar, await submit(server, jar, formOf(page, name), fields));
}

/** An authorization request as the path of a link; PKCE and state have defaults, `undefined` removes one. */
export function authorizationPath(params: ParameterMap): string {
  const request = form({
    response_type: 'code',
    client_id: 'web',
    redirect_uri: params.client_id === undefined ? CALLBACK : undefined,
    state: randomBytes(8).toString('hex'),
    ...pkce().parameters,
    ...params,
  });
  return `/oauth/authorize?${request.toString()}`;
}

/** Sends the browser to the server with an authorization request. */
export function ask(server: Server, jar: CookieJar, params: ParameterMap = {}): Promise<Stop> {
  return open(server, jar, authorizationPath(params));
}

/** The sealed interaction in the address of a sign-in or consent page. */
export function interactionOf(page: Stop): string {
  const sealed = new URL(page.at).searchParams.get('interaction');
  if (!sealed) throw new Error(`No interaction at ${page.at}`);
  return sealed;
}

/** Whether the browser is signed in. */
export async function isSignedIn(server: Server, jar: CookieJar): Promise<boolean> {
  const response = await visit(jar, `${baseOf(server)}/account`);
  await response.body?.cancel();
  return response.status === 200;
}

/** What the form of a new client needs at least; its boxes as they are ticked at first. */
export const NEW_CLIENT = {
  client_name: 'Mine',
  redirect_uris: CALLBACK,
  grant_types: ['authorization_code', 'refresh_token'],
} as const;

export interface OwnClient {
  page: Stop;
  /** Its page. */
  path: string;
  client_id: string;
  client_secret: string;
}

/** Creates a client by the page, as the user who is signed in. */
export async function createClient(server: Server, jar: CookieJar, fields: ParameterMap = {}): Promise<OwnClient> {
  const form = await open(server, jar, '/clients/new');
  const page = await press(server, jar, form, 'new-client', { ...NEW_CLIENT, ...fields });
  const path = /id="client-link" href="([^"]+)"/.exec(page.html)?.[1];
  if (!path)
    throw new Error(`No client was created: ${textOf(page.html, 'error-summary') ?? page.error ?? page.status}`);
  return {
    page,
    path,
    client_id: textOf(page.html, 'client-id') ?? '',
    client_secret: textOf(page.html, 'client-secret') ?? '',
  };
}
