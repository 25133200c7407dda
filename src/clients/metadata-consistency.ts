// Members of client metadata that must fit each other.
// @see RFC 7591 §2.1 https://www.rfc-editor.org/rfc/rfc7591#section-2.1
import { isMacAlgorithm, isSignatureAlgorithm } from '../common/algorithms.js';
import type { InputFault } from '../common/input-error.js';
import { parseUrl } from '../common/url.js';
import type { ClientMetadata } from './client-metadata.js';
import { JWT_BEARER_GRANT_TYPE } from './grant-types.js';

/** Which grant type a response type needs; `none` gives nothing and needs none. */
const GRANT_TYPE_OF_RESPONSE_TYPE: Readonly<Record<string, string>> = {
  code: 'authorization_code',
  token: 'implicit',
  id_token: 'implicit',
};

/** Adds what does not fit. */
export function checkConsistency(metadata: ClientMetadata, faults: InputFault[]): void {
  const refuse = (member: string, problem: string): void => void faults.push({ member, problem });
  checkGrantTypes(metadata, refuse, faults);
  checkKeys(metadata, refuse);
  checkAlgorithms(metadata, refuse);
  checkHosts(metadata, refuse);
  const registered = metadata.scope?.split(' ') ?? [];
  if (metadata.default_scope?.split(' ').some((value) => !registered.includes(value)))
    refuse('default_scope', 'must be a part of scope');
}

/** The grant types of a client that names only its response types. */
export function grantTypesOf(responseTypes: readonly string[]): string[] {
  const parts = responseTypes.flatMap((type) => type.split(' '));
  const needed = [...new Set(parts.flatMap((part) => GRANT_TYPE_OF_RESPONSE_TYPE[part] ?? []))];
  return needed.length > 0 || responseTypes.length === 0 ? needed : ['authorization_code'];
}

/** The response types of a client that names only its grant types. */
export function responseTypesOf(grantTypes: readonly string[]): string[] {
  if (grantTypes.includes('authorization_code')) return grantTypes.includes('implicit') ? ['code', 'token'] : ['code'];
  return grantTypes.includes('implicit') ? ['token'] : [];
}

type Refuse = (member: string, problem: string) => void;

function checkGrantTypes(metadata: ClientMetadata, refuse: Refuse, faults: readonly InputFault[]): void {
  const { grant_types: grantTypes, response_types: responseTypes, token_endpoint_auth_method: method } = metadata;
  for (const [index, type] of responseTypes.entries()) {
    for (const part of type?.split(' ') ?? []) {
      const needed = GRANT_TYPE_OF_RESPONSE_TYPE[part];
      if (needed && !grantTypes.includes(needed)) refuse(`response_types[${index}]`, `needs the grant type ${needed}`);
    }
  }
  const redirects =
    responseTypes.length > 0 || grantTypes.includes('authorization_code') || grantTypes.includes('implicit');
  const refused = faults.some(({ member }) => member.startsWith('redirect_uris'));
  if (redirects && metadata.redirect_uris.length === 0 && !refused)
    refuse('redirect_uris', 'must hold at least one URI for these grant types');
  // RFC 6749 §4.4: only confidential clients; a public one cannot prove who it is.
  for (const grantType of ['client_credentials', JWT_BEARER_GRANT_TYPE]) {
    if (method === 'none' && grantTypes.includes(grantType))
      refuse('grant_types', `must not hold ${grantType} for a public client`);
  }
  if (method === 'none' && metadata.require_pkce === false)
    refuse('require_pkce', 'must not be false for a public client');
}

function checkKeys(metadata: ClientMetadata, refuse: Refuse): void {
  const { token_endpoint_auth_method: method, request_object_signing_alg: signing } = metadata;
  const mustSign = metadata.require_signed_request_object === true;
  if (mustSign && signing === 'none')
    refuse('request_object_signing_alg', 'must not be none with require_signed_request_object');
  if (metadata.jwks && metadata.jwks_uri) refuse('jwks', 'must not be given together with jwks_uri');
  if (metadata.jwks || metadata.jwks_uri) return;
  if (method === 'private_key_jwt') refuse('jwks_uri', 'must be given, or jwks, for private_key_jwt');
  if (signing !== undefined && isSignatureAlgorithm(signing))
    refuse('request_object_signing_alg', 'needs jwks or jwks_uri');
  if (mustSign) refuse('require_signed_request_object', 'needs jwks or jwks_uri');
  for (const member of ['id_token_encrypted_response_alg', 'userinfo_encrypted_response_alg'] as const) {
    if (/^(RSA|ECDH)/.test(metadata[member] ?? '')) refuse(member, 'needs jwks or jwks_uri');
  }
}

function checkAlgorithms(metadata: ClientMetadata, refuse: Refuse): void {
  for (const kind of [
    'id_token_encrypted_response',
    'userinfo_encrypted_response',
    'request_object_encryption',
  ] as const) {
    if (metadata[`${kind}_enc`] !== undefined && metadata[`${kind}_alg`] === undefined)
      refuse(`${kind}_enc`, `needs ${kind}_alg`);
  }
  // OIDC Registration §2: unsigned only when no ID token comes through the browser.
  const inBrowser = metadata.response_types.some((type) => type?.split(' ').includes('id_token'));
  if (metadata.id_token_signed_response_alg === 'none' && inBrowser)
    refuse('id_token_signed_response_alg', 'must not be none with a response type that holds id_token');
  const { token_endpoint_auth_method: method, token_endpoint_auth_signing_alg: signing } = metadata;
  if (signing === undefined) return;
  if (method === 'private_key_jwt' && isMacAlgorithm(signing))
    refuse('token_endpoint_auth_signing_alg', 'must be a signature algorithm for private_key_jwt');
  if (method === 'client_secret_jwt' && isSignatureAlgorithm(signing))
    refuse('token_endpoint_auth_signing_alg', 'must be a MAC algorithm for client_secret_jwt');
}

function checkHosts(metadata: ClientMetadata, refuse: Refuse): void {
  const urls = metadata.redirect_uris.flatMap((uri) => (uri === undefined ? [] : (parseUrl(uri) ?? [])));
  // OIDC Core §8.1: the sector of several hosts is that of the document which lists them all.
  const hosts = new Set(urls.map(({ hostname }) => hostname));
  if (metadata.subject_type === 'pairwise' && metadata.sector_identifier_uri === undefined && hosts.size !== 1)
    refuse('sector_identifier_uri', 'must be given for pairwise subjects unless all redirect URIs have the same host');
  // OIDC Front-Channel Logout §2: the frame reads the cookies of the application that was signed in to.
  const frame = metadata.frontchannel_logout_uri;
  if (frame !== undefined && !urls.some(({ origin }) => origin === new URL(frame).origin))
    refuse('frontchannel_logout_uri', 'must have the scheme, host and port of one of the redirect_uris');
}
