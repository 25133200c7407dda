// A client with logout metadata, and a browser in which somebody has signed in to it.
import { decodeJwt } from 'jose';
import { createClient, type CreatedClient } from '../support/clients.js';
import { authorize, type Credentials, redeem, type Server, signUp, type TokenResponse } from '../support/flow.js';
import { type CookieJar, form, type ParameterMap } from '../support/http.js';

export const AFTERWARDS = 'https://created.example/signed-out?of=rp';

/** A client to which the browser comes back after the logout. */
export function createRelyingParty(server: Server, metadata: Record<string, unknown> = {}): Promise<CreatedClient> {
  return createClient(server, {
    client_name: 'Relying Party',
    client_uri: 'https://created.example/',
    post_logout_redirect_uris: [AFTERWARDS],
    ...metadata,
  });
}

export interface SignedIn {
  jar: CookieJar;
  tokens: TokenResponse;
  idToken: string;
  sid: string;
  sub: string;
}

/** Somebody new, in a browser of their own. */
export function newUser(server: Server): Promise<Credentials & { jar: CookieJar }> {
  return signUp(server);
}

/** Signs in to the client with the browser's session, or as somebody new. */
export async function signInTo(
  server: Server,
  client: CreatedClient,
  jar?: CookieJar,
  params: ParameterMap = {},
): Promise<SignedIn> {
  const browser = jar ?? (await newUser(server)).jar;
  const request = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], scope: 'openid', ...params };
  const authorization = await authorize(server, request, browser);
  const redirectUri = client.redirect_uris[0];
  const tokens = await redeem(server, client, { ...authorization, redirectUri });
  const idToken = tokens.id_token!;
  const { sid, sub } = decodeJwt(idToken);
  return { jar: browser, tokens, idToken, sid: sid as string, sub: sub! };
}

/** The path of the logout endpoint with these parameters. */
export function logoutPath(params: ParameterMap): string {
  return `/oauth/logout?${form(params).toString()}`;
}
