// Requests to URLs that clients have registered: https to public addresses only, the address checked and pinned, no
// redirects, an end in time and size. Nothing else in this server follows a URL of somebody else.
// @see RFC 7591 §5, RFC 9700 §4.11 https://www.rfc-editor.org/rfc/rfc7591#section-5
import { lookup, Resolver } from 'node:dns/promises';
import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { parseUrl } from '../common/url.js';
import { AllowList } from '../common/allow-list.js';
import { OutboundError, type OutboundFailure } from './outbound-error.js';
import { isPublicAddress } from './public-address.js';

const TIMEOUT = 5_000;
const MAX_CONCURRENT = 100;
/** Below 1024 other protocols live, which a request could be made to speak to. */
const HTTPS_PORT = 443;
const FIRST_FREE_PORT = 1024;

export interface OutboundSettings {
  /** `host` or `host:port`: any address, and http as well. */
  allowList: readonly string[];
  /** The addresses of a name. @default DNS; the system's resolver for allowed hosts */
  resolve?: (host: string) => Promise<string[]>;
  /** Milliseconds for all of it. @default 5000 */
  timeout?: number;
  /** More are refused. @default 100 */
  maxConcurrent?: number;
}

export interface OutboundDocument {
  body: Buffer;
  headers: IncomingHttpHeaders;
}

interface Outgoing {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
}

export class OutboundRequests {
  private readonly allowed: AllowList;
  private running = 0;

  constructor(private readonly settings: OutboundSettings) {
    this.allowed = new AllowList(settings.allowList);
  }

  /**
   * The document at a URL: the body of an answer with status 200.
   * @throws OutboundError
   */
  get(url: string, { accept, maxBytes }: { accept: string; maxBytes: number }): Promise<OutboundDocument> {
    return this.run(url, { method: 'GET', headers: { accept } }, async (response) => {
      if (response.statusCode !== 200) throw new OutboundError('status');
      if ((response.headers['content-encoding'] ?? 'identity') !== 'identity') throw new OutboundError('encoded');
      return { body: await read(response, maxBytes), headers: response.headers };
    });
  }

  /**
   * Sends something; of the answer only the status is read.
   * @throws OutboundError
   */
  post(url: string, { body, contentType }: { body: string; contentType: string }): Promise<{ status: number }> {
    const headers = { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)) };
    return this.run(url, { method: 'POST', headers, body }, (response) =>
      Promise.resolve({ status: response.statusCode as number }),
    );
  }

  /** All of it within the time: resolving, connecting, TLS, sending and reading. */
  private async run<T>(
    address: string,
    outgoing: Outgoing,
    answer: (response: IncomingMessage) => Promise<T>,
  ): Promise<T> {
    const url = this.check(address);
    if (this.running >= (this.settings.maxConcurrent ?? MAX_CONCURRENT)) throw new OutboundError('busy');
    this.running++;
    const ending = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new OutboundError('timed_out')), this.settings.timeout ?? TIMEOUT);
    });
    try {
      return await Promise.race([this.exchange(url, outgoing, ending.signal, answer), late]);
    } finally {
      clearTimeout(timer);
      // Whatever is still open is cut off.
      ending.abort();
      this.running--;
    }
  }

  private check(address: string): URL {
    const url = parseUrl(address);
    if (!url || url.username || url.password) throw new OutboundError('refused');
    if (this.allowed.includes(url) && /^https?:$/.test(url.protocol)) return url;
    const port = Number(url.port || HTTPS_PORT);
    if (url.protocol !== 'https:' || (port !== HTTPS_PORT && port < FIRST_FREE_PORT))
      throw new OutboundError('refused');
    return url;
  }

  private async exchange<T>(
    url: URL,
    outgoing: Outgoing,
    signal: AbortSignal,
    answer: (response: IncomingMessage) => Promise<T>,
  ): Promise<T> {
    const addresses = await this.addressesOf(url, signal);
    if (signal.aborted) throw new OutboundError('timed_out');
    const response = await send(url, addresses, outgoing, signal);
    const status = response.statusCode as number;
    if (status >= 300 && status < 400) throw new OutboundError('redirected');
    return answer(response);
  }

  /** The addresses that the request may go to, none of them private: a name with one of each is refused. */
  private async addressesOf(url: URL, signal: AbortSignal): Promise<string[]> {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const allowed = this.allowed.includes(url);
    let addresses = [host];
    if (!isIP(host)) {
      const resolve = this.settings.resolve ?? (allowed ? resolveInSystem : (name) => resolveInDns(name, signal));
      addresses = await resolve(host).catch(() => []);
      if (addresses.length === 0) throw new OutboundError('unreachable');
    }
    if (!allowed && !addresses.every(isPublicAddress)) throw new OutboundError('refused');
    return addresses;
  }
}

/** The names of an operator may be in /etc/hosts. */
async function resolveInSystem(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** Outside of libuv's thread pool, where a name that nobody answers for would keep others waiting. */
async function resolveInDns(host: string, signal: AbortSignal): Promise<string[]> {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  signal.addEventListener('abort', () => resolver.cancel(), { once: true });
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

function send(
  url: URL,
  addresses: readonly string[],
  outgoing: Outgoing,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const secure = url.protocol === 'https:';
  // An agent of its own: no connection is kept, and no proxy of the environment comes between.
  const agent = secure ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false });
  const { method, body } = outgoing;
  const headers = { 'user-agent': 'nest-authorization-server', 'accept-encoding': 'identity', ...outgoing.headers };
  return new Promise((resolve, reject) => {
    const request = (secure ? requestHttps : requestHttp)(
      url,
      { method, headers, agent, signal, lookup: pinned(addresses), rejectUnauthorized: true },
      resolve,
    );
    request.on('error', () => reject(new OutboundError('unreachable')));
    request.end(body);
  });
}

/** Connects to what was checked: the name is not resolved a second time. */
function pinned(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, { all }, callback) => {
    if (all) callback(null, found);
    else callback(null, found[0].address, found[0].family);
  };
}

async function read(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const fail = (failure: OutboundFailure): OutboundError => {
    response.destroy();
    return new OutboundError(failure);
  };
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw fail('too_large');
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw new OutboundError('too_large');
      chunks.push(chunk);
    }
  } catch (error) {
    throw fail(error instanceof OutboundError ? error.failure : 'unreachable');
  }
  return Buffer.concat(chunks);
}
