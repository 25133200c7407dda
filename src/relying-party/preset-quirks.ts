// Where providers of the presets differ from the specifications.
import { createPrivateKey } from 'node:crypto';
import { type JWK, SignJWT } from 'jose';
import type { OAuthClientOptions } from './oauth-client.options.js';
import type { UserInfo } from './oauth-token.js';

const APPLE = 'https://appleid.apple.com';
/** Seconds. */
const APPLE_SECRET_LIFETIME = 300;
/** Of somebody's first or last name. */
const MAX_NAME = 100;
/** Of a tenant: nothing that could make another host of the issuer. */
const TENANT = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** GitHub and Slack answer errors of the token endpoint with status 200: 400, as RFC 6749 §5.2 has it. */
export async function errorsAsErrors(response: Response): Promise<Response> {
  if (response.status !== 200) return response;
  const body = await response.text();
  const { headers } = response;
  return new Response(body, { status: hasError(body) ? 400 : 200, headers });
}

function hasError(body: string): boolean {
  try {
    const json = JSON.parse(body) as { error?: unknown } | null;
    return typeof json?.error === 'string';
  } catch {
    return new URLSearchParams(body).has('error');
  }
}

/**
 * Facebook's `error` is an object.
 * @see https://developers.facebook.com/docs/graph-api/guides/error-handling
 */
export async function facebookErrors(response: Response): Promise<Response> {
  const { status } = response;
  if (status < 400 || status >= 500) return response;
  const body = (await response.json().catch(() => ({}))) as { error?: { type?: unknown; message?: unknown } } | null;
  const { type, message } = body?.error ?? {};
  return Response.json(
    { error: type === 'OAuthException' ? 'invalid_grant' : 'invalid_request', error_description: message },
    { status: 400 },
  );
}

/**
 * The document for all tenants has `{tenantid}` in its issuer; the ID token says which it is.
 * @see https://learn.microsoft.com/en-us/entra/identity-platform/access-tokens#validate-the-issuer
 */
export function microsoftIssuer(claims: Readonly<Record<string, unknown>>, documentIssuer: string): string | undefined {
  if (!documentIssuer.includes('{tenantid}')) return documentIssuer;
  const { tid } = claims;
  return typeof tid === 'string' && TENANT.test(tid) ? documentIssuer.replace('{tenantid}', tid) : undefined;
}

/**
 * Apple's client secret is a JWT that the key of the team signs.
 * @see https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret
 */
export function appleClientSecret({ clientSecret, privateKey, keyId, teamId }: OAuthClientOptions): OAuthClientOptions {
  if (clientSecret !== undefined || privateKey === undefined) return {};
  const kid = keyId ?? keyIdOf(privateKey);
  return {
    tokenEndpointAuthMethod: async ({ body, clientId }) => {
      const key = createPrivateKey(typeof privateKey === 'string' ? privateKey : { key: privateKey, format: 'jwk' });
      const secret = await new SignJWT({})
        .setProtectedHeader({ alg: 'ES256', kid })
        .setIssuer(teamId ?? '')
        .setSubject(clientId)
        .setAudience(APPLE)
        .setIssuedAt()
        .setExpirationTime(`${APPLE_SECRET_LIFETIME}s`)
        .sign(key);
      body.set('client_id', clientId);
      body.set('client_secret', secret);
    },
  };
}

/** What the client secret is made of. */
export function appleNeeds({ clientSecret, privateKey, keyId }: OAuthClientOptions): (keyof OAuthClientOptions)[] {
  if (clientSecret !== undefined || privateKey === undefined) return [];
  return (keyId ?? keyIdOf(privateKey)) ? ['teamId'] : ['teamId', 'keyId'];
}

/**
 * Apple says the name once, at the first sign-in, beside the code: as the browser brings it, and so nothing but a name is
 * read there. What is true may be written as a text.
 * @see https://developer.apple.com/documentation/signinwithapple/authenticating-users-with-sign-in-with-apple
 */
export function appleClaims(claims: UserInfo, answer: ReadonlyMap<string, string>): UserInfo {
  const { firstName, lastName } = nameOf(answer.get('user'));
  const name = [firstName, lastName].filter(Boolean).join(' ');
  return {
    ...(name && { name }),
    ...(firstName && { given_name: firstName }),
    ...(lastName && { family_name: lastName }),
    ...claims,
    ...('email_verified' in claims && { email_verified: String(claims.email_verified) === 'true' }),
  };
}

/** `{"name":{"firstName":"…","lastName":"…"},"email":"…"}` */
function nameOf(user = '{}'): { firstName?: string; lastName?: string } {
  try {
    const { name } = JSON.parse(user) as { name?: { firstName?: unknown; lastName?: unknown } };
    return { firstName: nameText(name?.firstName), lastName: nameText(name?.lastName) };
  } catch {
    return {};
  }
}

function nameText(value: unknown): string | undefined {
  return typeof value === 'string' ? value.trim().slice(0, MAX_NAME) || undefined : undefined;
}

function keyIdOf(privateKey: string | JWK): string | undefined {
  return typeof privateKey === 'string' ? undefined : privateKey.kid;
}
