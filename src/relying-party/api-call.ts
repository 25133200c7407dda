// A call to the API of a provider before it has a token: where it goes, which is to the origin of `apiBaseUrl` alone, and
// what it sends.
import { parseUrl } from '../common/url.js';
import type { ApiRequestOptions } from './oauth-client.js';
import type { Provider } from './provider.js';
import { repeated } from './request-params.js';

/** All of a request but its token. */
export interface ApiCall {
  method: string;
  url: URL;
  headers: Headers;
  body: string | Uint8Array<ArrayBuffer> | undefined;
  /** The body is a form: a token may be in it. */
  isForm: boolean;
  signal: AbortSignal | undefined;
}

const JSON_TYPE = 'application/json';
export const FORM_TYPE = 'application/x-www-form-urlencoded';
/** Of them no body is read. */
export const BODILESS = ['GET', 'HEAD'];

/**
 * @param path relative to `apiBaseUrl`, or a URL at its origin
 * @throws OAuthClientError `unsupported` without `apiBaseUrl`, `invalid_request`
 */
export function apiCall(provider: Provider, method: string, path: string, options: ApiRequestOptions): ApiCall {
  return callTo(provider, method, urlOf(provider, path), options);
}

/** A call to any URL. @throws OAuthClientError `invalid_request` */
export function callTo(provider: Provider, method: string, url: URL, options: ApiRequestOptions): ApiCall {
  const { json, form, body, query = {}, signal } = options;
  const verb = method.toUpperCase();
  const bodies = [json, form, body].filter((one) => one !== undefined);
  if (bodies.length > 1) throw provider.error('invalid_request', 'A call has json, form or body, not several of them.');
  if (bodies.length > 0 && BODILESS.includes(verb)) throw provider.error('invalid_request', `A ${verb} has no body.`);
  const headers = new Headers(options.headers);
  const type = json !== undefined ? JSON_TYPE : form !== undefined ? FORM_TYPE : undefined;
  if (type && !headers.has('content-type')) headers.set('content-type', type);
  for (const name of Object.keys(query)) url.searchParams.delete(name);
  for (const [name, value] of repeated(query)) url.searchParams.append(name, value);
  return {
    method: verb,
    url,
    headers,
    body: json !== undefined ? JSON.stringify(json) : form ? repeated(form).toString() : bytesOf(body),
    isForm: form !== undefined,
    signal,
  };
}

function urlOf(provider: Provider, path: string): URL {
  const base = parseUrl(provider.settings.apiBaseUrl ?? '');
  if (!base) throw provider.error('unsupported', 'The provider has no apiBaseUrl.');
  if (/^https?:\/\//i.test(path)) {
    const url = parseUrl(path);
    if (url?.origin !== base.origin || url.username || url.password)
      throw provider.error('invalid_request', 'Calls go to the origin of apiBaseUrl only.');
    return url;
  }
  const folder = base.pathname.replace(/\/*$/, '/');
  const url = new URL(base.origin + folder + path.replace(/^\/+/, ''));
  if (!url.pathname.startsWith(folder)) throw provider.error('invalid_request', 'The path leads out of apiBaseUrl.');
  return url;
}

/** A copy: the call may be sent again, whatever becomes of the caller's. */
function bytesOf(body: string | Uint8Array | undefined): string | Uint8Array<ArrayBuffer> | undefined {
  return body instanceof Uint8Array ? new Uint8Array(body) : body;
}
