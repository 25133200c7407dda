// Request objects as a client makes them, and authorization requests that hold nothing else.
import { CompactEncrypt, type CompactJWEHeaderParameters, importJWK, type JWK } from 'jose';
import { ask, type Answer, type Method } from './authorization-request.js';
import { type ClientKey, clientKey, jwksOf, signClaims } from './client-keys.js';
import { createClient, type CreatedClient } from './clients.js';
import { baseOf, type Server } from './flow.js';
import { type CookieJar, form, type ParameterMap, pkce } from './http.js';

export interface SigningClient extends CreatedClient {
  key: ClientKey;
}

/** A client with a key of its own; what is not given is that of `createClient`. */
export async function signingClient(
  server: Server,
  metadata: Record<string, unknown> = {},
  key?: ClientKey,
): Promise<SigningClient> {
  const own = key ?? (await clientKey('ES256', 'sig-1'));
  return { ...(await createClient(server, { jwks: jwksOf(own), ...metadata })), key: own };
}

/** Everything that a request for a code needs, and what makes it an object for this server. */
export function objectClaims(
  server: Server,
  client: CreatedClient,
  claims: Record<string, unknown> = {},
): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: client.client_id,
    aud: server.issuer,
    iat: now,
    exp: now + 60,
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: client.redirect_uris[0],
    scope: 'read',
    state: 'inside',
    ...pkce().parameters,
    ...claims,
  };
}

/** A signed request object. */
export function requestObject(
  server: Server,
  client: SigningClient,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  return signClaims(client.key, objectClaims(server, client, claims), header);
}

/** An unsigned JWT (RFC 7519 §6). */
export function unsigned(claims: object, header: object = { alg: 'none' }): string {
  return `${encode(header)}.${encode(claims)}.`;
}

export function encode(value: object | string): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

/** Encrypts for the server, with a key that it publishes. */
export async function encryptFor(
  server: Server,
  text: string,
  header: Partial<CompactJWEHeaderParameters> = {},
): Promise<string> {
  const { keys } = (await (await fetch(`${baseOf(server)}/oauth/jwks`)).json()) as { keys: JWK[] };
  const { alg = 'ECDH-ES', enc = 'A128GCM' } = header;
  const jwk = keys.find((key) => key.use === 'enc' && key.alg === alg)!;
  return new CompactEncrypt(Buffer.from(text))
    .setProtectedHeader({ alg, enc, kid: jwk.kid, cty: 'JWT', ...header })
    .encrypt(await importJWK(jwk, alg));
}

/** An authorization request with these parameters and no others. */
export function send(
  server: Server,
  parameters: ParameterMap,
  options: { jar?: CookieJar; method?: Method } = {},
): Promise<Answer> {
  return ask(server, form(parameters).toString(), options);
}
