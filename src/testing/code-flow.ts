// Tokens of a test, by the protocol: authorization request with PKCE, our pages, token request.
// @see RFC 6749 §4.1, RFC 7636 §4 https://www.rfc-editor.org/rfc/rfc6749#section-4.1
import { createHash, randomBytes } from 'node:crypto';
import { formWithId } from './forms.js';
import { type TestBrowser, unexpected, type Visit } from './browser.js';
import type { TestClient } from './client-builder.js';
import type { TestUser } from './user-builder.js';

/** A token response (RFC 6749 §5.1). */
export interface TestTokens {
  access_token: string;
  token_type: string;
  expires_in: number;
  scope: string;
  refresh_token?: string;
  id_token?: string;
}

/** What is asked for. */
export interface TestAuthorization {
  client: TestClient;
  /** @default all that the client may ask for */
  scope?: string;
  /** Of RFC 8707. */
  resource?: string | readonly string[];
  /** Further parameters of the authorization request: `{ nonce: 'n' }`. */
  parameters?: Readonly<Record<string, string>>;
}

/**
 * The whole flow. The person signs in and allows whatever is asked.
 *
 * @throws Error that shows the page at which it stopped, or the error that the client was told
 */
export async function runCodeFlow(
  browser: TestBrowser,
  user: TestUser,
  authorization: TestAuthorization,
): Promise<TestTokens> {
  const { client, resource, scope = client.metadata.scope } = authorization;
  const [redirectUri] = client.metadata.redirect_uris;
  const verifier = randomBytes(32).toString('base64url');
  const request = new URLSearchParams({
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: redirectUri,
    state: randomBytes(9).toString('base64url'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(scope !== undefined && { scope }),
    ...authorization.parameters,
  });
  appendAll(request, 'resource', resource);
  const answered = await walk(browser, await browser.open(`/oauth/authorize?${request.toString()}`), user);
  const { code, error, error_description, state } = Object.fromEntries(answered.searchParams);
  if (error) throw new Error(`The authorization was refused: ${error}: ${error_description}`);
  if (state !== request.get('state')) throw new Error('The authorization response has another state.');
  return requestTokens(browser, client, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
}

/**
 * @param resource resources that the token is for (RFC 8707)
 * @throws Error that shows what the token endpoint said
 */
export async function requestTokens(
  browser: TestBrowser,
  { clientId, clientSecret, metadata }: TestClient,
  parameters: Readonly<Record<string, string>>,
  resource?: string | readonly string[],
): Promise<TestTokens> {
  const headers = new Headers();
  const body = new URLSearchParams(parameters);
  appendAll(body, 'resource', resource);
  if (clientSecret === undefined || metadata.token_endpoint_auth_method === 'client_secret_post') {
    body.set('client_id', clientId);
    if (clientSecret !== undefined) body.set('client_secret', clientSecret);
  } else {
    const credentials = [clientId, clientSecret].map(encodeURIComponent).join(':');
    headers.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
  }
  const response = await browser.fetch('/oauth/token', { method: 'POST', headers, body });
  if (!response.ok) throw new Error(`The token endpoint answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as TestTokens;
}

/** From page to page, until the browser is sent to the client. */
async function walk(browser: TestBrowser, first: Visit, user: TestUser): Promise<URL> {
  const { username, password } = user;
  let visit = first;
  for (const [id, fields] of [
    ['sign-in', { username, password }],
    ['consent', { decision: 'allow' }],
  ] as const) {
    if (visit.leftFor) break;
    if (formWithId(visit.html, id)) visit = await browser.submit(visit, id, fields);
  }
  if (!visit.leftFor) throw unexpected('The authorization stopped at a page', visit);
  return visit.leftFor;
}

function appendAll(body: URLSearchParams, name: string, values: string | readonly string[] = []): void {
  for (const value of [values].flat()) body.append(name, value);
}
