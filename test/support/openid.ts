// ID tokens as a client reads them: verified with the published keys.
import { createRemoteJWKSet, type JWTPayload, jwtVerify, type JWTHeaderParameters } from 'jose';
import { baseOf, type Server } from './flow.js';

export interface IdToken {
  header: JWTHeaderParameters;
  claims: JWTPayload & Record<string, unknown>;
}

/** Verifies an ID token for the client as OIDC Core §3.1.3.7 asks; throws when it is not good. */
export async function verifyIdToken(server: Server, clientId: string, idToken: string | undefined): Promise<IdToken> {
  if (idToken === undefined) throw new Error('There is no ID token.');
  const keys = createRemoteJWKSet(new URL(`${baseOf(server)}/oauth/jwks`));
  const verified = await jwtVerify(idToken, keys, { issuer: server.issuer, audience: clientId, typ: 'JWT' });
  return { header: verified.protectedHeader, claims: verified.payload };
}

/** What the userinfo endpoint answers. */
export function userinfo(server: Server, accessToken: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${baseOf(server)}/oauth/userinfo`, {
    ...init,
    headers: { authorization: `Bearer ${accessToken}`, ...init.headers },
  });
}

/** The metadata document of OpenID Connect. */
export async function openidConfiguration(server: Server): Promise<Record<string, unknown>> {
  return (await (await fetch(`${baseOf(server)}/.well-known/openid-configuration`)).json()) as Record<string, unknown>;
}
