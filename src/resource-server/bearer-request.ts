// Where a request carries its access token: in the Authorization header, and nowhere else.
// @see RFC 6750 §2 https://www.rfc-editor.org/rfc/rfc6750#section-2
import { invalidRequest, type ProtectionSpace, tokenMissing } from './bearer-challenge.js';

/** The part of a Fastify or Express request that is read here. */
export interface BearerRequest {
  headers: { authorization?: string; 'content-type'?: string };
  url?: string;
  query?: unknown;
  body?: unknown;
  /** Names and values of the headers, in turn, as they came. */
  rawHeaders?: readonly string[];
  /** The request below Fastify's. */
  raw?: { rawHeaders?: readonly string[] };
}

const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
const FORM = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;
const AUTHORIZATION = 'authorization';

/**
 * @returns undefined when the request has no Authorization header
 * @throws BearerError when it has a malformed one, two, one of another scheme, or a token elsewhere
 */
export function readBearerToken(request: BearerRequest, space: string | ProtectionSpace): string | undefined {
  // RFC 6750 §2: not in the body, and never in the URL (RFC 9700 §4.3.2).
  if (isSentElsewhere(request)) throw invalidRequest(space, 'Send the access token in the Authorization header.');
  const { authorization } = request.headers;
  if (authorization === undefined) return undefined;
  // Node keeps the first one; whoever stands before it may have looked at the second.
  if (isRepeated(request.rawHeaders ?? request.raw?.rawHeaders ?? []))
    throw invalidRequest(space, 'There is more than one Authorization header.');
  return readCredentials(authorization, space);
}

/**
 * @param authorization the value of an Authorization header
 * @throws BearerError when it is malformed or of another scheme
 */
export function readCredentials(authorization: string, space: string | ProtectionSpace): string {
  const token = BEARER.exec(authorization)?.[1];
  if (token !== undefined) return token;
  throw /^bearer(\s|$)/i.test(authorization)
    ? invalidRequest(space, 'The Authorization header is malformed.')
    : tokenMissing(space);
}

function isRepeated(rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name.length === AUTHORIZATION.length && name.toLowerCase() === AUTHORIZATION) count++;
  }
  return count > 1;
}

/** RFC 6750 §2.2: only a form can carry a token; a member of that name in JSON is the application's own. */
function isSentElsewhere(request: BearerRequest): boolean {
  const { headers, url } = request;
  // Express parses the query each time that it is asked for.
  if ((url === undefined || url.includes('?')) && hasAccessToken(request.query)) return true;
  const type = headers['content-type'];
  return type !== undefined && FORM.test(type) && hasAccessToken(request.body);
}

function hasAccessToken(part: unknown): boolean {
  return typeof part === 'object' && part !== null && 'access_token' in part;
}
