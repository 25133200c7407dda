// One value of client metadata each: what it must be, whatever channel it comes through.
// @see RFC 7591 §2 https://www.rfc-editor.org/rfc/rfc7591#section-2
import type { InputFault } from '../common/input-error.js';
import { jsonFault } from '../common/json.js';
import { isStorableText } from '../common/parameters.js';
import { isLoopbackHost, redirectUriFault } from '../common/redirect-uri.js';
import { resourceIdentifierFault } from '../common/resource-identifier.js';
import { isScopeToken } from '../common/scope.js';
import { parseUrl } from '../common/url.js';

export const MAX_LIST = 100;
const MAX_TEXT = 2000;

/** The value as it is kept; undefined when it is none, or a fault was added. */
export type Reader = (value: unknown, member: string, faults: InputFault[]) => unknown;

export const text: Reader = (value, member, faults) => {
  if (typeof value === 'string' && value.length <= MAX_TEXT && isStorableText(value)) return value.trim() || undefined;
  faults.push({ member, problem: `must be a text of at most ${MAX_TEXT} characters` });
  return undefined;
};

export const token: Reader = (value, member, faults) => {
  if (typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/.test(value)) return value;
  faults.push({ member, problem: 'must be a word of at most 200 characters without spaces' });
  return undefined;
};

/** A name of RFC 7518. One that this server does not have is kept, and refused on use. */
export const algorithm = token;

/** The same where `none` would protect nothing. */
export const protectingAlgorithm: Reader = (value, member, faults) => {
  if (value !== 'none') return token(value, member, faults);
  faults.push({ member, problem: 'must not be none' });
  return undefined;
};

export const boolean: Reader = (value, member, faults) => {
  if (typeof value === 'boolean') return value;
  faults.push({ member, problem: 'must be true or false' });
  return undefined;
};

export const webUrl: Reader = (value, member, faults) => {
  const url = typeof value === 'string' && value.length <= MAX_TEXT ? parseUrl(value) : undefined;
  const usable = url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname)));
  if (usable && !url.username && !url.password && isStorableText(value as string)) return value;
  faults.push({ member, problem: 'must be an https URL' });
  return undefined;
};

/** @see OIDC Front-Channel Logout §2, OIDC Back-Channel Logout §2.2 */
export const logoutUrl: Reader = (value, member, faults) => {
  const url = webUrl(value, member, faults);
  if (typeof url !== 'string' || !url.includes('#')) return url;
  faults.push({ member, problem: 'must not have a fragment' });
  return undefined;
};

export function seconds(min: number): Reader {
  return (value, member, faults) => {
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= 10 * 365 * 86400) return value;
    faults.push({ member, problem: `must be a whole number of seconds from ${min} to ten years` });
    return undefined;
  };
}

export function oneOf(...allowed: string[]): Reader {
  return (value, member, faults) => {
    if (allowed.includes(value as string)) return value;
    faults.push({ member, problem: `must be one of: ${allowed.join(', ')}` });
    return undefined;
  };
}

export function list(item: Reader): Reader {
  return (value, member, faults) => {
    if (!Array.isArray(value) || value.length > MAX_LIST) {
      faults.push({ member, problem: `must be a list of at most ${MAX_LIST} entries` });
      return undefined;
    }
    return [...new Set(value.map((entry, index) => item(entry, `${member}[${index}]`, faults)))];
  };
}

export const scope: Reader = (value, member, faults) => {
  const values = typeof value === 'string' ? value.split(/\s+/).filter(Boolean) : undefined;
  if (values?.every(isScopeToken) && values.join(' ').length <= 4000) return [...new Set(values)].join(' ');
  faults.push({ member, problem: 'must be scope values separated by spaces' });
  return undefined;
};

export const redirectUri: Reader = (value, member, faults) => {
  const problem = typeof value === 'string' ? redirectUriFault(value) : 'must be a text';
  if (problem === undefined) return value;
  faults.push({ member, problem });
  return undefined;
};

/** @see OAuth 2.0 Multiple Response Types §3, §4 */
export const responseType: Reader = (value, member, faults) => {
  const parts = typeof value === 'string' && /^[a-z_]+( [a-z_]+)*$/.test(value) ? value.split(' ').sort() : [];
  const isSet = new Set(parts).size === parts.length && (parts.length === 1 || !parts.includes('none'));
  if (parts.length > 0 && isSet) return parts.join(' ');
  faults.push({ member, problem: 'must be a response type such as "code"' });
  return undefined;
};

export const resource: Reader = (value, member, faults) => {
  const problem = resourceIdentifierFault(value);
  if (problem === undefined) return value;
  faults.push({ member, problem });
  return undefined;
};

export const jwks: Reader = (value, member, faults) => {
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
