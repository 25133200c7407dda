// Requests to a provider: https, or http on this machine while developing; no redirects, an end in time and size.
import { BlockList, isIP } from 'node:net';
import type { AllowList } from '../common/allow-list.js';
import { isLoopbackHost } from '../common/redirect-uri.js';
import { parseUrl } from '../common/url.js';
import { OAuthClientError } from './oauth-client-error.js';

/** More than any provider needs for metadata, keys or tokens. */
const MAX_BYTES = 1024 * 1024;
const LIBRARY_USER_AGENT = /^(openid-client|oauth4webapi)\//;
const NO_BODY = [101, 204, 205, 304];

const INTERNAL = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  INTERNAL.addSubnet(network, bits);
for (const [network, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  INTERNAL.addSubnet(network, bits, 'ipv6');

/** What {@link ProviderRequests} are made with. */
export interface ProviderRequestSettings {
  /** Milliseconds for one request and its answer. */
  timeout: number;
  userAgent: string;
  /** URLs that the operator gave: where they lead into an internal network, others may as well. */
  configured: readonly string[];
  /** Hosts that may be reached over http, and wherever they lead. */
  insecureHosts: AllowList;
}

/** As of fetch; what else there is in it does not count. */
export interface FetchInit {
  method?: string;
  headers?: RequestInit['headers'];
  body?: unknown;
  signal?: AbortSignal | null;
}

/** As the global one. */
export type ProviderFetch = (input: string | URL | Request, init?: FetchInit) => Promise<Response>;

/** Requests to one provider. */
export class ProviderRequests {
  private readonly internal: boolean;

  constructor(
    private readonly provider: string,
    private readonly settings: ProviderRequestSettings,
  ) {
    this.internal = settings.configured.some((url) => {
      const parsed = parseUrl(url);
      return parsed !== undefined && isInternal(parsed);
    });
  }

  /** Why nothing goes to a URL; undefined when it may. */
  urlFault(value: unknown): string | undefined {
    const url = typeof value === 'string' ? parseUrl(value) : value instanceof URL ? value : undefined;
    if (!url) return 'is not a URL';
    if (url.username || url.password) return 'must have no user name';
    if (!/^https?:$/.test(url.protocol)) return 'must be https';
    if (this.settings.insecureHosts.includes(url)) return undefined;
    if (isInternal(url) && !this.internal) return 'leads into an internal network';
    if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) return 'must be https';
    return undefined;
  }

  /**
   * As the global one, but that the answer has been read when it is there.
   * @throws OAuthClientError `provider_unavailable`
   */
  readonly fetch: ProviderFetch = async (input, { method, headers, body: sent, signal } = {}) => {
    const url = input instanceof Request ? input.url : input;
    const fault = this.urlFault(url);
    if (fault) throw this.unavailable(`${new URL(url).origin} ${fault}.`);
    const request = new Request(input, {
      method,
      headers,
      body: sent as RequestInit['body'],
      signal,
      redirect: 'manual',
    });
    const agent = request.headers.get('user-agent');
    if (agent === null || LIBRARY_USER_AGENT.test(agent)) request.headers.set('user-agent', this.settings.userAgent);
    const late = AbortSignal.timeout(this.settings.timeout);
    try {
      const response = await fetch(request, { signal: AbortSignal.any([late, request.signal]) });
      const body = await this.read(response);
      const { status, statusText, headers } = response;
      const read = new Headers(headers);
      for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) read.delete(name);
      return new Response(NO_BODY.includes(status) ? null : body, { status, statusText, headers: read });
    } catch (error) {
      if (error instanceof OAuthClientError) throw error;
      if (request.signal.aborted) throw error;
      throw this.unavailable(
        late.aborted ? 'The provider does not answer in time.' : 'The provider cannot be reached.',
        error,
      );
    }
  };

  private async read(response: Response): Promise<Uint8Array<ArrayBuffer>> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      // Leaving the loop cancels the stream.
      if (length > MAX_BYTES) throw this.unavailable('The answer of the provider is too large.');
      chunks.push(chunk);
    }
    return new Uint8Array(Buffer.concat(chunks));
  }

  private unavailable(description: string, cause?: unknown): OAuthClientError {
    return new OAuthClientError(this.provider, 'provider_unavailable', description, { cause });
  }
}

function isInternal(url: URL): boolean {
  const host = url.hostname.replace(/^\[|\]$|\.$/g, '');
  const family = isIP(host);
  // RFC 6761 §6.3: names below localhost are it as well.
  return (
    isLoopbackHost(url.hostname) ||
    /(^|\.)localhost$/.test(host) ||
    (family !== 0 && INTERNAL.check(host, family === 6 ? 'ipv6' : 'ipv4'))
  );
}
