// Signatures of OAuth 1.0a requests.
// @see RFC 5849 §3 https://www.rfc-editor.org/rfc/rfc5849#section-3
import { createHmac, createPrivateKey, randomBytes, sign as signBytes } from 'node:crypto';
import type { JWK } from 'jose';
import type { OAuthClientOptions } from './oauth-client.options.js';

/** Names and decoded values, in any order; a name may be there several times. */
export type SignedParameters = readonly (readonly [name: string, value: string])[];

/** What signs. */
export interface SigningCredentials {
  clientId: string;
  clientSecret?: string;
  /** Of RSA-SHA1. */
  privateKey?: string | JWK;
  signatureMethod: NonNullable<OAuthClientOptions['signatureMethod']>;
  /** Temporary or token credentials; none while asking for the first. */
  token?: { key: string; secret: string };
}

/** A request before it is signed. */
export interface UnsignedRequest {
  method: string;
  /** With its query. */
  url: URL;
  /** Parameters of the body where it is `application/x-www-form-urlencoded`. */
  form?: SignedParameters;
}

/** RFC 3986 unreserved characters stay, all other bytes become upper-case escapes (§3.6). */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** What is signed with HMAC-SHA1 and RSA-SHA1 (§3.4.1). @param oauth parameters of the protocol, without the signature */
export function signatureBase({ method, url, form = [] }: UnsignedRequest, oauth: SignedParameters): string {
  const parameters = [...url.searchParams, ...oauth, ...form]
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([name, value], [otherName, otherValue]) => order(name, otherName) || order(value, otherValue))
    .map((pair) => pair.join('='))
    .join('&');
  // `URL` has the scheme and the host in lower case already, and no port that is the default (§3.4.1.2).
  const place = `${url.protocol}//${url.host}${url.pathname}`;
  return [method.toUpperCase(), place, parameters].map(percentEncode).join('&');
}

/** Of a signature base string (§3.4.2 to §3.4.4). */
export function signatureOf(base: string, credentials: SigningCredentials): string {
  const { clientSecret = '', token, privateKey = '', signatureMethod } = credentials;
  const key = `${percentEncode(clientSecret)}&${percentEncode(token?.secret ?? '')}`;
  switch (signatureMethod) {
    case 'PLAINTEXT':
      return key;
    case 'RSA-SHA1': {
      const rsa = createPrivateKey(typeof privateKey === 'string' ? privateKey : { key: privateKey, format: 'jwk' });
      return signBytes('RSA-SHA1', Buffer.from(base), rsa).toString('base64');
    }
    default:
      return createHmac('sha1', key).update(base).digest('base64');
  }
}

/**
 * The parameters of the protocol with which the request is sent, the signature among them (§3.1).
 * @param extra `oauth_callback` or `oauth_verifier`
 */
export function signedParameters(
  request: UnsignedRequest,
  credentials: SigningCredentials,
  extra: SignedParameters = [],
): SignedParameters {
  const { clientId, token, signatureMethod } = credentials;
  const oauth: SignedParameters = [
    ['oauth_consumer_key', clientId],
    ...(token ? [['oauth_token', token.key] as const] : []),
    ['oauth_signature_method', signatureMethod],
    ['oauth_timestamp', String(Math.floor(Date.now() / 1000))],
    ['oauth_nonce', randomBytes(16).toString('base64url')],
    ['oauth_version', '1.0'],
    ...extra,
  ];
  return [...oauth, ['oauth_signature', signatureOf(signatureBase(request, oauth), credentials)]];
}

/** The `Authorization` header that holds them (§3.5.1). */
export function authorizationHeader(parameters: SignedParameters): string {
  return `OAuth ${parameters.map(([name, value]) => `${percentEncode(name)}="${percentEncode(value)}"`).join(', ')}`;
}

/** By bytes: the encoded texts are ASCII. */
function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
