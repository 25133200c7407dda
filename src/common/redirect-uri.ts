// Which redirect URIs may be registered, and which presented one equals a registered one.
// @see RFC 9700 §2.1, RFC 8252 §7.1–7.3 https://www.rfc-editor.org/rfc/rfc8252#section-7
import { parseUrl } from './url.js';

const MAX_LENGTH = 2048;
/** Schemes that a browser may run, or open as a local file: never a redirect target. */
const FORBIDDEN_SCHEMES = new Set(
  'javascript data vbscript blob file about filesystem view-source ws wss ftp mailto chrome jar intent'
    .split(' ')
    .map((scheme) => `${scheme}:`),
);

/** What is wrong with a redirect URI as a registered one; undefined when nothing is. */
export function redirectUriFault(uri: string): string | undefined {
  if (uri.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  if (!/^[\x21\x23-\x5b\x5d\x5f\x61-\x7a\x7e]+$/.test(uri)) return 'has characters that a URI cannot hold';
  const parsed = parseUrl(uri);
  if (!parsed || !/^[a-z][a-z0-9+.-]*:/i.test(uri)) return 'is not an absolute URI';
  if (uri.includes('#')) return 'must not have a fragment';
  if (uri.includes('*')) return 'must not have a wildcard';
  const scheme = parsed.protocol;
  if (FORBIDDEN_SCHEMES.has(scheme)) return `must not use the scheme ${scheme}`;
  if (scheme === 'https:' || scheme === 'http:') {
    if (parsed.username || parsed.password || /^https?:\/\/[^/?]*@/i.test(uri)) return 'must not have userinfo';
    if (!/^https?:\/\/[^/]/i.test(uri)) return 'has no host';
    if (scheme === 'http:' && !isLoopbackHost(parsed.hostname)) return 'must use https, or http on a loopback host';
    return undefined;
  }
  // RFC 8252 §7.1: private-use schemes are reversed domain names.
  return scheme.includes('.') ? undefined : 'must use https, or a private-use scheme that is a reversed domain name';
}

/** The registered URI that the presented one equals: byte for byte, but for the port of a loopback IP literal. */
export function matchRedirectUri(registered: readonly string[], presented: string): boolean {
  if (registered.includes(presented)) return true;
  // RFC 8252 §7.3: native apps get any port of the loopback IP literals (not of the name localhost).
  const loopback = splitLoopback(presented);
  if (!loopback) return false;
  return registered.some((uri) => {
    const candidate = splitLoopback(uri);
    return candidate !== undefined && candidate.origin === loopback.origin && candidate.rest === loopback.rest;
  });
}

/** http on a loopback IP literal, cut at the port; undefined for every other URI. */
function splitLoopback(uri: string): { origin: string; rest: string } | undefined {
  const match = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::(\d{1,5}))?((?:[/?].*)?)$/.exec(uri);
  if (!match || Number(match[2] ?? 80) > 65535) return undefined;
  return { origin: match[1], rest: match[3] };
}

/** A redirect URI on the user's own machine: any program there may answer at it. */
export function isLocalRedirect(uri: string): boolean {
  const parsed = parseUrl(uri);
  return !parsed || (parsed.protocol !== 'https:' && (parsed.protocol !== 'http:' || isLoopbackHost(parsed.hostname)));
}

/** `localhost`, 127.0.0.0/8 or [::1], as `URL.hostname` writes them. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}
