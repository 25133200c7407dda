// What may name a protected resource.
// @see RFC 8707 §2 https://www.rfc-editor.org/rfc/rfc8707#section-2
import { isStorableText } from './parameters.js';
import { parseUrl } from './url.js';

export const MAX_RESOURCE_IDENTIFIER_LENGTH = 2000;

/** What is wrong with a resource identifier; undefined when nothing is. */
export function resourceIdentifierFault(identifier: unknown): string | undefined {
  if (typeof identifier !== 'string') return 'must be a text';
  if (!parseUrl(identifier) || !isStorableText(identifier)) return 'must be an absolute URI';
  if (identifier.includes('#')) return 'must not have a fragment';
  return identifier.length > MAX_RESOURCE_IDENTIFIER_LENGTH
    ? `must have at most ${MAX_RESOURCE_IDENTIFIER_LENGTH} characters`
    : undefined;
}
