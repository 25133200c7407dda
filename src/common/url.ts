// URLs as values: parsing without exceptions, and changing the query of a URL that is otherwise kept byte for byte.

/** The parsed URL; undefined when it is not an absolute one. */
export function parseUrl(value: string): URL | undefined {
  // Not URL.canParse: once it is hot, Node 20 refuses what has a letter such as ü.
  try {
    return new URL(value);
  } catch {
    return undefined;
  }
}

/** Adds parameters to a URI's query, keeping what is there (RFC 6749 §3.1.2). */
export function appendQuery(uri: string, parameters: Record<string, string>): string {
  const query = new URLSearchParams(parameters).toString();
  if (query === '') return uri;
  const separator = !uri.includes('?') ? '?' : uri.endsWith('?') || uri.endsWith('&') ? '' : '&';
  return `${uri}${separator}${query}`;
}
