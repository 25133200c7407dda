// The claims of a request object as the parameters of an authorization request.
// @see RFC 9101 §4 https://www.rfc-editor.org/rfc/rfc9101#section-4
import { jsonFault } from '../../common/json.js';
import { InvalidRequestObjectError } from '../../common/oauth-error.js';
import { Parameters } from '../../common/parameters.js';

const MAX_MEMBERS = 100;
/** What says something about the JWT itself (RFC 7519 §4.1). */
const CLAIMS_OF_JWTS = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']);

/**
 * Texts as they are, numbers and booleans as text, objects such as `claims` as JSON; a list of texts is a parameter that
 * is repeated.
 * @throws InvalidRequestObjectError when a value can be none of them
 */
export function parametersOf(claims: Readonly<Record<string, unknown>>): Parameters {
  const members = Object.entries(claims).filter(([name]) => !CLAIMS_OF_JWTS.has(name));
  if (members.length > MAX_MEMBERS || jsonFault(claims)) throw malformed();
  const parameters = new Parameters();
  for (const [name, value] of members) {
    for (const text of textsOf(value)) parameters.add(name, text);
  }
  return parameters;
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number' || typeof value === 'boolean') return [String(value)];
  if (typeof value !== 'object' || value === null) throw malformed();
  const isTexts = Array.isArray(value) && value.every((one) => typeof one === 'string');
  return isTexts ? value : [JSON.stringify(value)];
}

function malformed(): InvalidRequestObjectError {
  return new InvalidRequestObjectError('The request object has a value that no parameter can have.');
}
