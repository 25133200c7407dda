// OAuth requests and responses without a web framework: what the protocol reads and writes, on Fastify and Express.
import type { IncomingHttpHeaders } from 'node:http';

/** A request as the protocol sees it. */
export interface OAuthRequest {
  method: string;
  /** The path below the issuer, as it was sent. */
  path?: string;
  /** The query string as it was sent, without `?`. */
  query: string;
  headers: IncomingHttpHeaders;
  /** The body's bytes; undefined when there was none. */
  body: Buffer | undefined;
  /** The address of the client, as far as trusted proxies tell. */
  address: string;
  /** Names the request in the log. */
  reference?: string;
}

/** A response as the protocol writes it. */
export interface OAuthResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** The part of a Fastify or Express request that is read here. */
export interface HttpRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  rawBody?: Buffer;
  body?: unknown;
  ip?: string;
  id?: string;
}

/** The part of a Fastify or Express reply that is written here. */
export interface HttpReply {
  code?(status: number): HttpReply;
  status(status: number): HttpReply;
  header(name: string, value: string | string[]): HttpReply;
  getHeader(name: string): unknown;
  send(body?: unknown): unknown;
}

/**
 * The request of a web framework as the protocol reads it: from the bytes that were sent.
 * @throws Error when the application does not keep them (`NestFactory.create(AppModule, { rawBody: true })`)
 * @example const response = await server.createTokenResponse(toOAuthRequest(request));
 */
export function toOAuthRequest(request: HttpRequest): OAuthRequest {
  const start = request.url.indexOf('?');
  if (request.rawBody === undefined && hasContent(request.body))
    throw new Error('The bytes of the body are needed: NestFactory.create(…, { rawBody: true }).');
  return {
    method: request.method,
    path: start < 0 ? request.url : request.url.slice(0, start),
    query: start < 0 ? '' : request.url.slice(start + 1),
    headers: request.headers,
    body: request.rawBody,
    address: request.ip ?? '',
    reference: request.id,
  };
}

/** Of what has parsed members: a text of another type is nothing that the protocol reads. */
function hasContent(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.keys(body).length > 0;
}

/** The id of the request that is being answered: people quote it, the log has it. */
export function referenceOf(reply: Pick<HttpReply, 'getHeader'>): string {
  const id = reply.getHeader('x-request-id');
  return typeof id === 'string' ? id : '';
}

/** Sends a response of the protocol with the reply of a web framework. */
export function sendResponse(reply: HttpReply, response: OAuthResponse): void {
  reply.status(response.status);
  for (const name in response.headers) reply.header(name, response.headers[name]);
  reply.send(response.body);
}

/** RFC 6749 §5.1: an answer that holds a credential, or refuses one, is stored nowhere. */
export const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' } as const;

/** A response with a JSON body. @example return jsonResponse(200, { active: false }, NO_STORE); */
export function jsonResponse(status: number, body: object, headers: Record<string, string> = {}): OAuthResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** 303: the method becomes GET and the body is not sent again (RFC 9700 §4.12). */
export function seeOther(location: string, headers: Record<string, string> = {}): OAuthResponse {
  return { status: 303, headers: { location, 'referrer-policy': 'no-referrer', ...NO_STORE, ...headers }, body: '' };
}
