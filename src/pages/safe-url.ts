// Which URLs of a client's registration may become a link, an image or a part of the Content-Security-Policy.
// @see RFC 7591 §5 https://www.rfc-editor.org/rfc/rfc7591#section-5
import { isLoopbackHost } from '../common/redirect-uri.js';
import { parseUrl } from '../common/url.js';

/** WHATWG hosts may hold `;` and `,`, which would end a directive of the policy: such a host is no source. */
const PLAIN_ORIGIN = /^https?:\/\/(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d+)?$/;

/** The URL when a browser may follow it from our pages: http or https, nothing that runs or opens a file. */
export function safeLink(url: string | undefined): string | undefined {
  const parsed = parse(url);
  return parsed && !parsed.username && !parsed.password ? parsed.href : undefined;
}

/** The URL when an image may be shown from it: https, or http on a loopback host where `allowLoopback` says so. */
export function safeImage(url: string | undefined, allowLoopback = false): string | undefined {
  const parsed = parse(url);
  if (!parsed || parsed.username || parsed.password || !PLAIN_ORIGIN.test(parsed.origin)) return undefined;
  if (parsed.protocol === 'https:') return parsed.href;
  return allowLoopback && isLoopbackHost(parsed.hostname) ? parsed.href : undefined;
}

/** The origin of a URL as a source of the Content-Security-Policy. */
export function sourceOrigin(url: string): string | undefined {
  const origin = parse(url)?.origin;
  return origin && PLAIN_ORIGIN.test(origin) ? origin : undefined;
}

function parse(url: string | undefined): URL | undefined {
  const parsed = url ? parseUrl(url) : undefined;
  return parsed?.protocol === 'https:' || parsed?.protocol === 'http:' ? parsed : undefined;
}
