// Client metadata: the RFC 7591 and OIDC registration vocabulary and ours, validated in this one place for the pages,
// the REST API, registration, the CLI and the bootstrap file.
// @see RFC 7591 §2 https://www.rfc-editor.org/rfc/rfc7591#section-2
import { InputError, type InputFault } from '../common/input-error.js';
import { jsonFault } from '../common/json.js';
import { isLoopbackHost, redirectUriFault } from '../common/redirect-uri.js';
import { resourceIdentifierFault } from '../common/resource-identifier.js';
import { isScopeToken } from '../common/scope.js';
import { isStorableText } from '../common/parameters.js';
import { parseUrl } from '../common/url.js';

/** Metadata of a client, in wire names; members that were not given and have no default are absent. */
export interface ClientMetadata {
  client_name?: string;
  client_uri?: string;
  logo_uri?: string;
  policy_uri?: string;
  tos_uri?: string;
  contacts?: string[];
  software_id?: string;
  software_version?: string;
  application_type: 'web' | 'native';
  redirect_uris: string[];
  grant_types: string[];
  response_types: string[];
  token_endpoint_auth_method: string;
  scope?: string;
  jwks_uri?: string;
  jwks?: object;
  /** Scope of a request that asks for none. */
  default_scope?: string;
  /** `false` exempts a confidential client from PKCE. */
  require_pkce?: boolean;
  access_token_format?: string;
  /** Seconds. */
  access_token_lifetime?: number;
  /** Seconds without use. */
  refresh_token_lifetime?: number;
  /** Seconds from the authorization. */
  refresh_token_absolute_lifetime?: number;
  /** Seconds in which a rotated refresh token still gets its successor; 0 switches the grace off. */
  refresh_token_grace?: number;
  assertion_audience?: 'issuer' | 'endpoints';
  /** A first-party client: nobody is asked for consent. */
  skip_consent?: boolean;
  /** Identifiers of the resources it may ask for; absent: any. */
  resources?: string[];
}

/** A member that was refused, e.g. `redirect_uris[0]`. */
export type MetadataFault = InputFault;

/** The metadata is not acceptable; `faults` names each member. */
export class ClientMetadataError extends InputError {}

/** Who registers: administrators, the CLI and the bootstrap file may give rights that self-service may not. */
export type RegistrationRights = 'administrator' | 'self-service';

/** Scopes that reach the administration API: given by an administrator only, to users with the role `admin` and to machine clients. */
export const ADMINISTRATION_SCOPES = [
  'users:read',
  'users:write',
  'clients:read',
  'clients:write',
  'tokens:read',
  'tokens:write',
] as const;

/** Scopes that have a meaning of their own and are left out of a default. */
export const PROTOCOL_SCOPES = ['openid', 'offline_access'] as const;

export function isAdministrationScope(scope: string): boolean {
  return (ADMINISTRATION_SCOPES as readonly string[]).includes(scope);
}

const LEGACY_GRANT_TYPES = ['password', 'implicit'];
/** Which grant type a response type needs (RFC 7591 §2.1). */
const GRANT_TYPE_OF_RESPONSE_TYPE: Readonly<Record<string, string>> = {
  code: 'authorization_code',
  token: 'implicit',
  id_token: 'implicit',
};
const MAX_LIST = 100;
const MAX_TEXT = 2000;

type Reader = (value: unknown, member: string, faults: MetadataFault[]) => unknown;

const text: Reader = (value, member, faults) => {
  if (typeof value === 'string' && value.length <= MAX_TEXT && isStorableText(value)) return value.trim() || undefined;
  faults.push({ member, problem: `must be a text of at most ${MAX_TEXT} characters` });
  return undefined;
};

const token: Reader = (value, member, faults) => {
  if (typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/.test(value)) return value;
  faults.push({ member, problem: 'must be a word of at most 200 characters without spaces' });
  return undefined;
};

const boolean: Reader = (value, member, faults) => {
  if (typeof value === 'boolean') return value;
  faults.push({ member, problem: 'must be true or false' });
  return undefined;
};

const webUrl: Reader = (value, member, faults) => {
  const url = typeof value === 'string' && value.length <= MAX_TEXT ? parseUrl(value) : undefined;
  const usable = url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname)));
  if (usable && !url.username && !url.password && isStorableText(value as string)) return value;
  faults.push({ member, problem: 'must be an https URL' });
  return undefined;
};

function seconds(min: number): Reader {
  return (value, member, faults) => {
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= 10 * 365 * 86400) return value;
    faults.push({ member, problem: `must be a whole number of seconds from ${min} to ten years` });
    return undefined;
  };
}

function oneOf(...allowed: string[]): Reader {
  return (value, member, faults) => {
    if (allowed.includes(value as string)) return value;
    faults.push({ member, problem: `must be one of: ${allowed.join(', ')}` });
    return undefined;
  };
}

function list(item: Reader): Reader {
  return (value, member, faults) => {
    if (!Array.isArray(value) || value.length > MAX_LIST) {
      faults.push({ member, problem: `must be a list of at most ${MAX_LIST} entries` });
      return undefined;
    }
    return [...new Set(value.map((entry, index) => item(entry, `${member}[${index}]`, faults)))];
  };
}

const scope: Reader = (value, member, faults) => {
  const values = typeof value === 'string' ? value.split(/\s+/).filter(Boolean) : undefined;
  if (values?.every(isScopeToken) && values.join(' ').length <= 4000) return [...new Set(values)].join(' ');
  faults.push({ member, problem: 'must be scope values separated by spaces' });
  return undefined;
};

const redirectUri: Reader = (value, member, faults) => {
  const problem = typeof value === 'string' ? redirectUriFault(value) : 'must be a text';
  if (problem === undefined) return value;
  faults.push({ member, problem });
  return undefined;
};

const responseType: Reader = (value, member, faults) => {
  if (typeof value === 'string' && /^[a-z_]+( [a-z_]+)*$/.test(value)) return value.split(' ').sort().join(' ');
  faults.push({ member, problem: 'must be a response type such as "code"' });
  return undefined;
};

const resource: Reader = (value, member, faults) => {
  const problem = resourceIdentifierFault(value);
  if (problem === undefined) return value;
  faults.push({ member, problem });
  return undefined;
};

const jwks: Reader = (value, member, faults) => {
  const keys = (value as { keys?: unknown } | null)?.keys;
  const usable = Array.isArray(keys) && keys.length > 0 && keys.length <= MAX_LIST;
  if (usable && keys.every(isPublicJwk) && !jsonFault(value)) return value;
  faults.push({ member, problem: 'must be a JWK Set of public keys' });
  return undefined;
};

function isPublicJwk(key: unknown): boolean {
  const jwk = key as Record<string, unknown> | null;
  return typeof jwk === 'object' && typeof jwk?.kty === 'string' && jwk.kty !== 'oct' && !('d' in jwk);
}

const READERS: Readonly<Record<keyof ClientMetadata, Reader>> = {
  client_name: text,
  client_uri: webUrl,
  logo_uri: webUrl,
  policy_uri: webUrl,
  tos_uri: webUrl,
  contacts: list(text),
  software_id: text,
  software_version: text,
  application_type: oneOf('web', 'native'),
  redirect_uris: list(redirectUri),
  grant_types: list(token),
  response_types: list(responseType),
  token_endpoint_auth_method: token,
  scope,
  jwks_uri: webUrl,
  jwks,
  default_scope: scope,
  require_pkce: boolean,
  access_token_format: token,
  access_token_lifetime: seconds(1),
  refresh_token_lifetime: seconds(1),
  refresh_token_absolute_lifetime: seconds(1),
  refresh_token_grace: seconds(0),
  assertion_audience: oneOf('issuer', 'endpoints'),
  skip_consent: boolean,
  resources: list(resource),
};

/** The members that this server knows. */
export const CLIENT_METADATA_MEMBERS = Object.keys(READERS) as (keyof ClientMetadata)[];

/**
 * Checks client metadata and completes it with the defaults of RFC 7591 §2. `null` counts as absent.
 *
 * @param input unknown members are ignored here; who must refuse them does so before
 * @param present the client as it is: self-service keeps what an administrator has given it
 * @throws ClientMetadataError with every fault at once
 * @see RFC 7591 §2, §2.1
 */
export function parseClientMetadata(
  input: object,
  rights: RegistrationRights,
  present: Partial<ClientMetadata> = {},
): ClientMetadata {
  const faults: MetadataFault[] = [];
  const given: Record<string, unknown> = {};
  for (const member of CLIENT_METADATA_MEMBERS) {
    const value = (input as Record<string, unknown>)[member];
    if (value === undefined || value === null || (value === '' && READERS[member] !== redirectUri)) continue;
    const read = READERS[member](value, member, faults);
    if (read !== undefined) given[member] = read;
  }
  const metadata = withDefaults(given);
  checkConsistency(metadata, faults);
  if (rights === 'self-service') refuseRights(metadata, present, faults);
  if (faults.length > 0) throw new ClientMetadataError(faults);
  return metadata;
}

function withDefaults(given: Partial<ClientMetadata>): ClientMetadata {
  const grantTypes =
    given.grant_types ?? (given.response_types ? grantTypesOf(given.response_types) : ['authorization_code']);
  return {
    ...given,
    application_type: given.application_type ?? 'web',
    redirect_uris: given.redirect_uris ?? [],
    grant_types: grantTypes,
    response_types: given.response_types ?? responseTypesOf(grantTypes),
    token_endpoint_auth_method: given.token_endpoint_auth_method ?? 'client_secret_basic',
  };
}

function grantTypesOf(responseTypes: readonly string[]): string[] {
  const parts = responseTypes.flatMap((type) => type.split(' '));
  return [...new Set(parts.flatMap((part) => GRANT_TYPE_OF_RESPONSE_TYPE[part] ?? []))];
}

function responseTypesOf(grantTypes: readonly string[]): string[] {
  if (grantTypes.includes('authorization_code')) return grantTypes.includes('implicit') ? ['code', 'token'] : ['code'];
  return grantTypes.includes('implicit') ? ['token'] : [];
}

function checkConsistency(metadata: ClientMetadata, faults: MetadataFault[]): void {
  const { grant_types: grantTypes, token_endpoint_auth_method: method } = metadata;
  for (const [index, type] of metadata.response_types.entries()) {
    for (const part of type.split(' ')) {
      const needed = GRANT_TYPE_OF_RESPONSE_TYPE[part];
      if (needed && !grantTypes.includes(needed)) {
        faults.push({ member: `response_types[${index}]`, problem: `needs the grant type ${needed}` });
      }
    }
  }
  const redirects = grantTypes.includes('authorization_code') || grantTypes.includes('implicit');
  const refused = faults.some(({ member }) => member.startsWith('redirect_uris'));
  if (redirects && metadata.redirect_uris.length === 0 && !refused) {
    faults.push({ member: 'redirect_uris', problem: 'must hold at least one URI for these grant types' });
  }
  // RFC 6749 §4.4: only confidential clients; a public one cannot prove who it is.
  if (method === 'none' && grantTypes.includes('client_credentials')) {
    faults.push({ member: 'grant_types', problem: 'must not hold client_credentials for a public client' });
  }
  if (method === 'none' && metadata.require_pkce === false) {
    faults.push({ member: 'require_pkce', problem: 'must not be false for a public client' });
  }
  if (metadata.jwks && metadata.jwks_uri) {
    faults.push({ member: 'jwks', problem: 'must not be given together with jwks_uri' });
  }
  const registered = metadata.scope?.split(' ') ?? [];
  if (metadata.default_scope?.split(' ').some((value) => !registered.includes(value))) {
    faults.push({ member: 'default_scope', problem: 'must be a part of scope' });
  }
}

function refuseRights(metadata: ClientMetadata, present: Partial<ClientMetadata>, faults: MetadataFault[]): void {
  const refuse = (member: string, problem: string): void =>
    void faults.push({ member, problem: `${problem}, unless an administrator allows it` });
  for (const [index, grantType] of metadata.grant_types.entries()) {
    if (LEGACY_GRANT_TYPES.includes(grantType) && !present.grant_types?.includes(grantType))
      refuse(`grant_types[${index}]`, `must not be ${grantType}`);
  }
  if (metadata.grant_types.length === 0 && present.grant_types?.length !== 0)
    refuse('grant_types', 'must not be empty');
  const had = present.scope?.split(' ') ?? [];
  if (metadata.scope?.split(' ').some((value) => isAdministrationScope(value) && !had.includes(value)))
    refuse('scope', 'must not hold administration scopes');
  if (metadata.require_pkce === false && present.require_pkce !== false) refuse('require_pkce', 'must not be false');
  if (metadata.skip_consent && !present.skip_consent) refuse('skip_consent', 'must not be true');
}

/** Origins of the pages of a public browser client: it may call the token endpoint from there. */
export function browserOrigins(metadata: ClientMetadata): string[] {
  if (metadata.token_endpoint_auth_method !== 'none') return [];
  const origins = metadata.redirect_uris.flatMap((uri) => {
    const url = parseUrl(uri);
    return url && /^https?:$/.test(url.protocol) ? [url.origin] : [];
  });
  return [...new Set(origins)];
}
