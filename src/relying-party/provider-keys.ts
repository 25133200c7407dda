// Every member of a provider's options under the name that the environment has for it, and how it is read.
import { createPrivateKey, type JsonWebKeyInput } from 'node:crypto';
import { parseUrl } from '../common/url.js';
import type { OAuthClientOptions } from './oauth-client.options.js';

/** How a value is read: from code, or text of the environment. */
interface Kind {
  /** After "must be". */
  expected: string;
  /** Undefined when it cannot be read so. */
  read(value: unknown): unknown;
}

/** An option under the name that it has in the environment behind that of the provider: `client_id` is `GOOGLE_CLIENT_ID`. */
export interface ProviderKey extends Kind {
  key: string;
  /** Of {@link OAuthClientOptions}, or of its `metadata`. */
  member: keyof OAuthClientOptions | `metadata.${string}`;
  /** Two values of it become one, member by member. */
  merges?: boolean;
}

const TEXT: Kind = {
  expected: 'a text',
  read: (value) => (typeof value === 'string' && value.trim() !== '' ? value : undefined),
};

/** Which schemes and hosts are right depends on more: `provider-settings.ts` asks. */
const URL_TEXT: Kind = {
  expected: 'an absolute URL',
  read: (value) => (typeof value === 'string' && parseUrl(value) ? value : undefined),
};

const FLAG: Kind = {
  expected: 'true or false',
  read: (value) => {
    if (value === true || value === 'true' || value === 'on') return true;
    return value === false || value === 'false' || value === 'off' ? false : undefined;
  },
};

const OBJECT: Kind = { expected: 'a JSON object', read: objectOf };

const PARAMS: Kind = {
  expected: 'parameters, as a=b&c=d or a JSON object of texts and lists of texts',
  read: (value) => {
    if (typeof value === 'string' && !value.trimStart().startsWith('{')) return queryOf(value);
    const params = objectOf(value);
    return params && Object.values(params).every(isParam) ? params : undefined;
  },
};

const LIST: Kind = {
  expected: 'a list of texts',
  read: (value) => {
    const list = typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value;
    return Array.isArray(list) && list.length > 0 && list.every(isText) ? list : undefined;
  },
};

/** PEM, whose line ends may be written as `\n`, or a JWK. */
const PRIVATE_KEY: Kind = {
  expected: 'a private key, as PEM or a JWK',
  read: (value) => {
    if (typeof value !== 'string' || value.trimStart().startsWith('{')) return jwkOf(objectOf(value));
    const pem = value.replaceAll('\\n', '\n');
    return isPrivateKey(pem) ? pem : undefined;
  },
};

const numberOf = (unit: string): Kind => ({
  expected: `a number of ${unit}, 0 or more`,
  read: (value) => {
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
  },
});

const oneOf = (...choices: readonly string[]): Kind => ({
  expected: `one of ${choices.join(', ')}`,
  read: (value) => choices.find((choice) => choice === value),
});

/** A choice, or none of it. */
const unless = (kind: Kind, none: string): Kind => ({
  expected: `${kind.expected}, or ${none}`,
  read: (value) => (value === false || value === none || value === 'false' ? false : kind.read(value)),
});

/** Or something that only code can say. */
const orFunction = (kind: Kind): Kind => ({
  ...kind,
  read: (value) => (typeof value === 'function' ? value : kind.read(value)),
});

const DPOP: Kind = {
  expected: 'true, false, or a private JWK',
  read: (value) => FLAG.read(value) ?? jwkOf(objectOf(value)),
};

const key = (name: string, member: ProviderKey['member'], kind: Kind): ProviderKey => ({ key: name, member, ...kind });
const merged = (name: string, member: ProviderKey['member'], kind: Kind): ProviderKey => ({
  ...key(name, member, kind),
  merges: true,
});
const metadata = (name: string, kind: Kind): ProviderKey => key(name, `metadata.${name}`, kind);

/** In the order in which faults are told. */
export const PROVIDER_KEYS: readonly ProviderKey[] = [
  key('preset', 'preset', TEXT),
  key('client_id', 'clientId', TEXT),
  key('client_secret', 'clientSecret', TEXT),
  key('server_metadata_url', 'serverMetadataUrl', URL_TEXT),
  merged('metadata', 'metadata', OBJECT),
  metadata('issuer', URL_TEXT),
  metadata('jwks', OBJECT),
  metadata('jwks_uri', URL_TEXT),
  metadata('userinfo_endpoint', URL_TEXT),
  metadata('end_session_endpoint', URL_TEXT),
  metadata('revocation_endpoint', URL_TEXT),
  metadata('introspection_endpoint', URL_TEXT),
  metadata('pushed_authorization_request_endpoint', URL_TEXT),
  key('request_token_url', 'requestTokenUrl', URL_TEXT),
  merged('request_token_params', 'requestTokenParams', PARAMS),
  key('access_token_url', 'accessTokenUrl', URL_TEXT),
  merged('access_token_params', 'accessTokenParams', PARAMS),
  key('refresh_token_url', 'refreshTokenUrl', URL_TEXT),
  merged('refresh_token_params', 'refreshTokenParams', PARAMS),
  key('authorize_url', 'authorizeUrl', URL_TEXT),
  merged('authorize_params', 'authorizeParams', PARAMS),
  key('api_base_url', 'apiBaseUrl', URL_TEXT),
  key('scope', 'scope', TEXT),
  key(
    'token_endpoint_auth_method',
    'tokenEndpointAuthMethod',
    orFunction(oneOf('client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none')),
  ),
  key('private_key', 'privateKey', PRIVATE_KEY),
  key('key_id', 'keyId', TEXT),
  key('team_id', 'teamId', TEXT),
  key('code_challenge_method', 'codeChallengeMethod', unless(oneOf('S256'), 'none')),
  key('response_type', 'responseType', oneOf('code', 'code id_token')),
  key('response_mode', 'responseMode', oneOf('query', 'form_post', 'query.jwt', 'form_post.jwt')),
  key('par', 'par', FLAG),
  key('request_object', 'requestObject', FLAG),
  key('dpop', 'dpop', DPOP),
  key('nonce_supported', 'nonceSupported', FLAG),
  key('id_token_signing_algs', 'idTokenSigningAlgs', LIST),
  key('signature_method', 'signatureMethod', oneOf('HMAC-SHA1', 'RSA-SHA1', 'PLAINTEXT')),
  key('token_placement', 'tokenPlacement', oneOf('header', 'body', 'uri')),
  key('leeway', 'leeway', numberOf('seconds')),
  key('clock_tolerance', 'clockTolerance', numberOf('seconds')),
  key('timeout', 'timeout', numberOf('milliseconds')),
  key('user_agent', 'userAgent', TEXT),
  key('label', 'label', TEXT),
];

/** `GOOGLE_CLIENT_ID` of `google` and `client_id`. */
export function variableOf(provider: string, key: string): string {
  return `${provider}_${key}`.replace(/[^a-z0-9]/gi, '_').toUpperCase();
}

/** JSON, or what it has become already; undefined when it is no object. */
export function objectOf(value: unknown): Record<string, unknown> | undefined {
  if (typeof value === 'string') {
    try {
      return objectOf(JSON.parse(value) as object);
    } catch {
      return undefined;
    }
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function queryOf(text: string): Record<string, string | string[]> {
  const params = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) params.set(name, [...(params.get(name) ?? []), value]);
  return Object.fromEntries([...params].map(([name, values]) => [name, values.length > 1 ? values : values[0]]));
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isParam(value: unknown): boolean {
  return value === undefined || typeof value === 'string' || (Array.isArray(value) && value.every(isText));
}

function jwkOf(jwk: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  return jwk && isPrivateKey({ key: jwk, format: 'jwk' }) ? jwk : undefined;
}

function isPrivateKey(key: string | JsonWebKeyInput): boolean {
  try {
    createPrivateKey(key);
    return true;
  } catch {
    return false;
  }
}
