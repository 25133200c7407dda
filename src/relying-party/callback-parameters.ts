// What a provider sends back through the browser: the query of a GET, or the form of a POST, however far the framework has
// read it.
// @see RFC 6749 §4.1.2, OAuth 2.0 Form Post Response Mode https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
import type { IncomingMessage } from 'node:http';
import type { HttpRequest } from '../common/http.js';
import { InvalidRequestError } from '../common/oauth-error.js';
import { parseForm } from '../common/parameters.js';
import type { Provider } from './provider.js';

const MAX_BYTES = 256 * 1024;
const FORM = 'application/x-www-form-urlencoded';

/**
 * The parameters of an answer; an empty one is as one that is not there.
 * @throws OAuthClientError `invalid_response` when one is there twice, or they cannot be read
 */
export async function callbackParameters(provider: Provider, request: HttpRequest): Promise<Map<string, string>> {
  const parameters = new Map<string, string>();
  for (const [name, value] of await entriesOf(provider, request)) {
    if (value === '') continue;
    if (parameters.has(name)) throw provider.error('invalid_response', 'The answer has a parameter twice.');
    parameters.set(name, value);
  }
  return parameters;
}

async function entriesOf(provider: Provider, request: HttpRequest): Promise<Iterable<[string, string]>> {
  const isPost = request.method === 'POST';
  if (!isPost && request.method !== 'GET')
    throw provider.error('invalid_response', 'Answers come by GET, or as the form of a POST.');
  const start = request.url.indexOf('?');
  const query = start < 0 ? '' : request.url.slice(start + 1);
  try {
    if (!isPost) return parseForm(query).entries();
    const [type] = (request.headers['content-type'] ?? '').split(';');
    if (type.trim().toLowerCase() !== FORM) throw new InvalidRequestError('The answer is no form.');
    const bytes = await bytesOf(request);
    return bytes ? parseForm(bytes).entries() : parsedEntries(request.body);
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    throw provider.error('invalid_response', error.message);
  }
}

/** Undefined when only what a parser made of them is left. */
async function bytesOf(request: HttpRequest): Promise<Buffer | string | undefined> {
  const { rawBody, body } = request;
  if (Buffer.isBuffer(rawBody)) return rawBody;
  if (Buffer.isBuffer(body) || typeof body === 'string') return body;
  // Express's request is the one of Node, Fastify's has it.
  const stream = ((request as { raw?: unknown }).raw ?? request) as IncomingMessage;
  if (typeof stream[Symbol.asyncIterator] !== 'function' || stream.readableEnded) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new InvalidRequestError('The answer is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Of a body that was parsed: a parameter that was there twice has become a list. */
function* parsedEntries(body: unknown): Generator<[string, string]> {
  if (typeof body !== 'object' || body === null) return;
  for (const [name, value] of Object.entries(body as Record<string, unknown>))
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value])
      if (typeof one === 'string') yield [name, one];
}
