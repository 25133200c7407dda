// Client metadata: the RFC 7591 and OIDC registration vocabulary and ours, validated in this one place for the pages,
// the REST API, registration, the CLI and the bootstrap file.
// @see RFC 7591 §2 https://www.rfc-editor.org/rfc/rfc7591#section-2
import { InputError, type InputFault } from '../common/input-error.js';
import { parseUrl } from '../common/url.js';
import { ADMINISTERED_GRANT_TYPES } from './grant-types.js';
import { checkConsistency, grantTypesOf, responseTypesOf } from './metadata-consistency.js';
import {
  algorithm,
  boolean,
  jwks,
  list,
  logoutUrl,
  MAX_LIST,
  oneOf,
  protectingAlgorithm,
  type Reader,
  redirectUri,
  resource,
  responseType,
  scope,
  seconds,
  text,
  token,
  webUrl,
} from './metadata-readers.js';

/** The members of RFC 7591 §2, OIDC Registration §2, RFC 9101 §10.5, RP-Initiated Logout §3, Front- and Back-Channel Logout §2, and ours. */
interface RegisteredMembers {
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
  token_endpoint_auth_signing_alg?: string;
  id_token_signed_response_alg?: string;
  id_token_encrypted_response_alg?: string;
  id_token_encrypted_response_enc?: string;
  userinfo_signed_response_alg?: string;
  userinfo_encrypted_response_alg?: string;
  userinfo_encrypted_response_enc?: string;
  request_object_signing_alg?: string;
  request_object_encryption_alg?: string;
  request_object_encryption_enc?: string;
  request_uris?: string[];
  require_signed_request_object?: boolean;
  subject_type?: 'public' | 'pairwise';
  sector_identifier_uri?: string;
  /** Seconds. */
  default_max_age?: number;
  require_auth_time?: boolean;
  default_acr_values?: string[];
  initiate_login_uri?: string;
  post_logout_redirect_uris?: string[];
  frontchannel_logout_uri?: string;
  frontchannel_logout_session_required?: boolean;
  backchannel_logout_uri?: string;
  backchannel_logout_session_required?: boolean;
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
  /** What of a user `sub` of its own assertions is; absent: they are about itself alone. */
  assertion_subject?: 'id' | 'username' | 'email';
  /** A first-party client: nobody is asked for consent. */
  skip_consent?: boolean;
  /** Identifiers of the resources it may ask for; absent: any. */
  resources?: string[];
}

/** What people read, which may be given in several languages: `client_name#de` (RFC 7591 §2.2). */
const LOCALIZABLE_MEMBERS = ['client_name', 'client_uri', 'logo_uri', 'policy_uri', 'tos_uri'] as const;
export type LocalizableMember = (typeof LOCALIZABLE_MEMBERS)[number];

/** Metadata of a client, in wire names; members that were not given and have no default are absent. */
export interface ClientMetadata extends RegisteredMembers {
  [localized: `${LocalizableMember}#${string}`]: string | undefined;
}

/** A member that was refused, e.g. `redirect_uris[0]`. */
export type MetadataFault = InputFault;

/** The metadata is not acceptable; `faults` names each member. */
export class ClientMetadataError extends InputError {}

/**
 * Who registers: administrators, the CLI and the bootstrap file may give rights that self-service may not. `registration`
 * is self-service by dynamic registration, where clients may have the response types of OpenID Connect that give tokens
 * through the browser.
 */
export type RegistrationRights = 'administrator' | 'self-service' | 'registration';

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

/** The syntax of BCP 47, and no tag that anybody has is longer. */
const LANGUAGE_TAG = /^[a-z]{2,8}(-[a-z0-9]{1,8})*$/i;
const MAX_LANGUAGE_TAG_LENGTH = 35;

const READERS: Readonly<Record<keyof RegisteredMembers, Reader>> = {
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
  token_endpoint_auth_signing_alg: protectingAlgorithm,
  id_token_signed_response_alg: algorithm,
  id_token_encrypted_response_alg: protectingAlgorithm,
  id_token_encrypted_response_enc: protectingAlgorithm,
  userinfo_signed_response_alg: protectingAlgorithm,
  userinfo_encrypted_response_alg: protectingAlgorithm,
  userinfo_encrypted_response_enc: protectingAlgorithm,
  request_object_signing_alg: algorithm,
  request_object_encryption_alg: protectingAlgorithm,
  request_object_encryption_enc: protectingAlgorithm,
  request_uris: list(webUrl),
  require_signed_request_object: boolean,
  subject_type: oneOf('public', 'pairwise'),
  sector_identifier_uri: webUrl,
  default_max_age: seconds(0),
  require_auth_time: boolean,
  default_acr_values: list(token),
  initiate_login_uri: webUrl,
  post_logout_redirect_uris: list(redirectUri),
  frontchannel_logout_uri: logoutUrl,
  frontchannel_logout_session_required: boolean,
  backchannel_logout_uri: logoutUrl,
  backchannel_logout_session_required: boolean,
  default_scope: scope,
  require_pkce: boolean,
  access_token_format: token,
  access_token_lifetime: seconds(1),
  refresh_token_lifetime: seconds(1),
  refresh_token_absolute_lifetime: seconds(1),
  refresh_token_grace: seconds(0),
  assertion_audience: oneOf('issuer', 'endpoints'),
  assertion_subject: oneOf('id', 'username', 'email'),
  skip_consent: boolean,
  resources: list(resource),
};

/** The members that this server knows; those for people also exist by language, see {@link isClientMetadataMember}. */
export const CLIENT_METADATA_MEMBERS = Object.keys(READERS) as (keyof RegisteredMembers)[];

/** Is it a member that this server knows, in whatever language? */
export function isClientMetadataMember(name: string): boolean {
  return Object.hasOwn(READERS, name) || localizableMemberOf(name) !== undefined;
}

/** The names of the members that are there, in one order: the database keeps none. */
export function membersOf(metadata: Readonly<ClientMetadata>): (keyof ClientMetadata)[] {
  return [...CLIENT_METADATA_MEMBERS, ...localizedNames(metadata)].filter((name) => metadata[name] !== undefined);
}

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
  readLocalized(input as Record<string, unknown>, given, faults);
  const metadata = withDefaults(given as Partial<ClientMetadata>);
  checkConsistency(metadata, faults);
  if (rights !== 'administrator') refuseRights(metadata, present, rights, faults);
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

/** @see RFC 7591 §2.2 */
function readLocalized(input: Record<string, unknown>, given: Record<string, unknown>, faults: MetadataFault[]): void {
  const names = localizedNames(input).filter((name) => input[name] !== null && input[name] !== '');
  if (names.length > MAX_LIST) {
    faults.push({ member: names[MAX_LIST], problem: `is more than ${MAX_LIST} translations` });
    return;
  }
  for (const name of names) {
    const tag = name.slice(name.indexOf('#') + 1);
    if (!LANGUAGE_TAG.test(tag) || tag.length > MAX_LANGUAGE_TAG_LENGTH) {
      faults.push({ member: name, problem: 'must end with a language tag such as #de' });
      continue;
    }
    const read = READERS[localizableMemberOf(name) as LocalizableMember](input[name], name, faults);
    if (read !== undefined) given[name] = read;
  }
}

function localizedNames(input: object): `${LocalizableMember}#${string}`[] {
  const names = Object.keys(input).filter((name) => localizableMemberOf(name) !== undefined);
  return names.sort() as `${LocalizableMember}#${string}`[];
}

function localizableMemberOf(name: string): LocalizableMember | undefined {
  return LOCALIZABLE_MEMBERS.find((member) => name.startsWith(`${member}#`));
}

function refuseRights(
  metadata: ClientMetadata,
  present: Partial<ClientMetadata>,
  rights: RegistrationRights,
  faults: MetadataFault[],
): void {
  const administered = ADMINISTERED_GRANT_TYPES.filter((name) => rights !== 'registration' || name !== 'implicit');
  const refuse = (member: string, problem: string): void =>
    void faults.push({ member, problem: `${problem}, unless an administrator allows it` });
  for (const [index, grantType] of metadata.grant_types.entries()) {
    if (administered.includes(grantType) && !present.grant_types?.includes(grantType))
      refuse(`grant_types[${index}]`, `must not be ${grantType}`);
  }
  // An access token alone, with no ID token or code that it could be checked against (RFC 9700 §2.1.2).
  const bare = metadata.response_types.indexOf('token');
  if (rights === 'registration' && bare >= 0 && !present.response_types?.includes('token'))
    refuse(`response_types[${bare}]`, 'must not be token');
  if (metadata.grant_types.length === 0 && present.grant_types?.length !== 0)
    refuse('grant_types', 'must not be empty');
  const had = present.scope?.split(' ') ?? [];
  if (metadata.scope?.split(' ').some((value) => isAdministrationScope(value) && !had.includes(value)))
    refuse('scope', 'must not hold administration scopes');
  if (metadata.require_pkce === false && present.require_pkce !== false) refuse('require_pkce', 'must not be false');
  if (metadata.skip_consent && !present.skip_consent) refuse('skip_consent', 'must not be true');
  if (metadata.assertion_subject !== undefined && metadata.assertion_subject !== present.assertion_subject)
    refuse('assertion_subject', 'must not be given');
}

/** Does the client sign with its secret, so that the server must know it? */
export function signsWithSecret(metadata: ClientMetadata): boolean {
  return metadata.token_endpoint_auth_method === 'client_secret_jwt';
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
