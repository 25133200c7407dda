// Requests to the issuer that the options name: https or a loopback host, no redirects, an end in time and size.
import { isLoopbackHost } from '../../common/redirect-uri.js';
import { parseUrl } from '../../common/url.js';

/** A JSON document, with what the answer said of its age. */
export interface IssuerDocument {
  json: unknown;
  /** `Cache-Control`. */
  cacheControl: string;
}

/** Why an issuer did not answer as it must; the message is for the log. */
export class IssuerRequestError extends Error {
  constructor(
    message: string,
    readonly status?: number,
  ) {
    super(message);
    this.name = 'IssuerRequestError';
  }
}

/** Larger ones are not read. */
const MAX_BYTES = 256 * 1024;

/** What is wrong with the URL of an issuer, or of an endpoint of its; undefined when nothing is. */
export function issuerUrlFault(value: unknown): string | undefined {
  const url = typeof value === 'string' ? parseUrl(value) : undefined;
  if (!url) return 'must be an absolute URL';
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname)))
    return 'must use https, or http on a loopback host';
  if (url.username || url.password) return 'must not have a user or a password';
  return url.hash ? 'must not have a fragment' : undefined;
}

/**
 * @param timeout milliseconds for all of it
 * @throws IssuerRequestError
 */
export async function requestJson(
  url: string,
  init: { headers?: Record<string, string>; body?: URLSearchParams },
  timeout: number,
): Promise<IssuerDocument> {
  const fault = issuerUrlFault(url);
  if (fault) throw new IssuerRequestError(`${url} ${fault}`);
  const headers = { accept: 'application/json', ...init.headers };
  try {
    const response = await fetch(url, {
      method: init.body ? 'POST' : 'GET',
      body: init.body,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    });
    const text = await read(response, url);
    if (response.status !== 200) throw new IssuerRequestError(`${url} answered ${response.status}`, response.status);
    return { json: JSON.parse(text), cacheControl: response.headers.get('cache-control') ?? '' };
  } catch (error) {
    throw error instanceof IssuerRequestError ? error : new IssuerRequestError(`${url} ${reasonOf(error)}`);
  }
}

async function read(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new IssuerRequestError(`${url} answered more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function reasonOf(error: unknown): string {
  const { name } = error as Error;
  if (name === 'SyntaxError') return 'answered no JSON';
  if (name === 'TimeoutError') return 'timed out';
  return 'could not be reached';
}
