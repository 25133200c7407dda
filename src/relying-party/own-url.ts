// Where a request came in, as browsers know it, and which paths of one's own a browser may be sent to.
import type { HttpRequest } from '../common/http.js';
import { parseUrl } from '../common/url.js';

const MAX_LENGTH = 2048;

/** What Fastify and Express tell beside it, as far as the application trusts its proxies. */
interface FrameworkRequest extends HttpRequest {
  protocol?: string;
  /** With the port. */
  host?: string;
  /** Express takes the path of a router away from `url`. */
  originalUrl?: string;
}

/** The path and query that were asked for, as they were sent. */
export function ownPathOf(request: HttpRequest): string {
  return (request as FrameworkRequest).originalUrl ?? request.url;
}

/** The parameters of the query. */
export function queryOf({ url }: HttpRequest): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : url.slice(start + 1));
}

/**
 * The URL of the path at which the request came in, without its query.
 * @param publicUrl where browsers reach the application; what it has of a path goes before
 */
export function ownUrlOf(request: HttpRequest, publicUrl?: string): string {
  const { protocol = 'http', host = request.headers.host ?? 'localhost' } = request as FrameworkRequest;
  const base = publicUrl ?? `${protocol}://${host}`;
  const [path] = ownPathOf(request).split('?');
  return base.replace(/\/$/, '') + path.replace(/\/+$/, '');
}

/** Do browsers reach the application by https? */
export function isSecure(request: HttpRequest, publicUrl?: string): boolean {
  return (publicUrl ?? `${(request as FrameworkRequest).protocol}:`).startsWith('https:');
}

/** A path of this very origin, with its query; undefined when it would lead elsewhere, or may be read so. */
export function ownPath(next: unknown): string | undefined {
  if (typeof next !== 'string' || next.length > MAX_LENGTH) return undefined;
  // Browsers take a backslash for a slash, and leave tabs and newlines out.
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(next)) return undefined;
  const url = parseUrl(`http://own.invalid${next}`);
  // `/.//elsewhere` becomes `//elsewhere`.
  return url?.host === 'own.invalid' && !url.pathname.startsWith('//') ? next : undefined;
}
