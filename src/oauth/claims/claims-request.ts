// The `claims` parameter: claims asked for one by one, for the ID token and for userinfo.
// @see OIDC Core §5.5 https://openid.net/specs/openid-connect-core-1_0.html#ClaimsParameter
import { isDeepStrictEqual } from 'node:util';
import { InvalidRequestError } from '../../common/oauth-error.js';
import { jsonFault } from '../../common/json.js';

/** OIDC Core §5.5.1. Null: asked for as a voluntary claim. */
export type RequestedClaim = { essential?: boolean; value?: unknown; values?: unknown[] } | null;

/** The `claims` parameter: what is asked for one by one, of userinfo and of the ID token (OIDC Core §5.5). */
export interface ClaimsRequest {
  userinfo?: Record<string, RequestedClaim>;
  id_token?: Record<string, RequestedClaim>;
}

/** What a grant remembers of it, for the tokens that come later. */
export interface RememberedClaims extends ClaimsRequest {
  /** BCP 47 tags of `claims_locales`. */
  locales?: readonly string[];
  /** Authentication context classes that are asked for, the preferred one first. */
  acr?: readonly string[];
}

const MAX_LENGTH = 4096;
const DESTINATIONS = ['userinfo', 'id_token'] as const;

/** @throws InvalidRequestError when it is not the JSON that §5.5 describes */
export function readClaimsRequest(text: string | undefined): ClaimsRequest | undefined {
  if (text === undefined) return undefined;
  const value = text.length <= MAX_LENGTH ? parse(text) : undefined;
  if (!isObject(value) || jsonFault(value)) throw malformed();
  const request: ClaimsRequest = {};
  // Other members are ignored (§5.5).
  for (const destination of DESTINATIONS) {
    const claims = value[destination];
    if (claims === undefined || claims === null) continue;
    if (!isObject(claims)) throw malformed();
    request[destination] = Object.fromEntries(Object.entries(claims).map(([name, one]) => [name, requestedClaim(one)]));
  }
  return request;
}

/** Is this value one of those that were asked for? True when none was. */
export function isAskedValue(requested: RequestedClaim | undefined, value: unknown): boolean {
  const asked = askedValues(requested);
  return asked === undefined || asked.some((one) => isDeepStrictEqual(one, value));
}

/** The values that were asked for; undefined when any will do. */
export function askedValues(requested: RequestedClaim | undefined): unknown[] | undefined {
  if (!requested) return undefined;
  if (requested.value !== undefined) return [requested.value];
  return requested.values;
}

function requestedClaim(value: unknown): RequestedClaim {
  if (value === null) return null;
  if (!isObject(value)) throw malformed();
  const { essential, values } = value;
  if (essential !== undefined && typeof essential !== 'boolean') throw malformed();
  if (values !== undefined && !Array.isArray(values)) throw malformed();
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(): InvalidRequestError {
  return new InvalidRequestError("Parameter 'claims' must be the JSON of OpenID Connect Core 5.5.");
}
