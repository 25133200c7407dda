// Client assertions as clients make them, and as they should not.
import { createSecretKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { baseOf, type Server } from './flow.js';
import { basic, type ParameterMap, postForm } from './http.js';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** A key of a client: its private half, and the public one as it is registered. */
export interface AssertionKey {
  alg: string;
  kid?: string;
  privateKey: KeyObject;
  publicJwk: object;
}

export function makeAssertionKey(alg: string, kid?: string): AssertionKey {
  const { publicKey, privateKey } = makePair(alg);
  return { alg, kid, privateKey, publicJwk: { ...publicKey.export({ format: 'jwk' }), ...(kid && { kid }) } };
}

export function secretAssertionKey(secret: string): AssertionKey {
  return { alg: 'HS256', privateKey: createSecretKey(secret, 'utf8'), publicJwk: {} };
}

export const now = (): number => Math.floor(Date.now() / 1000);

/** @param claims in the place of the ordinary ones; undefined leaves one out */
export function assertionOf(
  server: Server,
  clientId: string,
  { alg, kid, privateKey }: AssertionKey,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  const ordinary = { iss: clientId, sub: clientId, aud: server.issuer, iat: now(), exp: now() + 60, jti: randomUUID() };
  return new SignJWT({ ...ordinary, ...claims })
    .setProtectedHeader({ alg, ...(kid && { kid }), ...header })
    .sign(privateKey, header.crit ? { crit: { exp: true } } : undefined);
}

/** A form with an assertion, to an endpoint. */
export function postAssertion(
  server: Server,
  assertion: string,
  parameters: ParameterMap = { grant_type: 'client_credentials' },
  path = '/oauth/token',
): Promise<Response> {
  const authentication = { client_assertion: assertion, client_assertion_type: ASSERTION_TYPE };
  return postForm(`${baseOf(server)}${path}`, { ...authentication, ...parameters });
}

function makePair(alg: string): { publicKey: KeyObject; privateKey: KeyObject } {
  if (alg.startsWith('ES')) return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (alg.startsWith('Ed')) return generateKeyPairSync('ed25519');
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** A token request whose grant is an assertion; without a secret the assertion alone says who the client is. */
export function postGrant(
  server: Server,
  assertion: string,
  client?: { client_id: string; client_secret?: string },
  parameters: ParameterMap = {},
): Promise<Response> {
  const headers: HeadersInit = client?.client_secret
    ? { authorization: basic(client.client_id, client.client_secret) }
    : {};
  return postForm(`${baseOf(server)}/oauth/token`, { grant_type: JWT_BEARER, assertion, ...parameters }, headers);
}
