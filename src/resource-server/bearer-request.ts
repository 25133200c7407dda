// Where a request carries its access token: in the Authorization header, and nowhere else.
// @see RFC 6750 §2 https://www.rfc-editor.org/rfc/rfc6750#section-2
import { invalidRequest, tokenMissing } from './bearer-challenge.js';

/** The part of a Fastify or Express request that is read here. */
export interface BearerRequest {
  headers: { authorization?: string; 'content-type'?: string };
  query?: unknown;
  body?: unknown;
}

const BEARER = /^bearer ([A-Za-z0-9\-._~+/]+=*)$/i;
const FORM = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

/**
 * @returns undefined when the request has no Authorization header
 * @throws BearerError when it has a malformed one, one of another scheme, or a token elsewhere
 */
export function readBearerToken(request: BearerRequest, realm: string): string | undefined {
  // RFC 6750 §2: not in the body, and never in the URL (RFC 9700 §4.3.2).
  if (isSentElsewhere(request)) throw invalidRequest(realm, 'Send the access token in the Authorization header.');
  const { authorization } = request.headers;
  if (authorization === undefined) return undefined;
  const token = BEARER.exec(authorization)?.[1];
  if (token !== undefined) return token;
  throw /^bearer(\s|$)/i.test(authorization)
    ? invalidRequest(realm, 'The Authorization header is malformed.')
    : tokenMissing(realm);
}

/** RFC 6750 §2.2: only a form can carry a token; a member of that name in JSON is the application's own. */
function isSentElsewhere({ headers, query, body }: BearerRequest): boolean {
  return hasAccessToken(query) || (FORM.test(headers['content-type'] ?? '') && hasAccessToken(body));
}

function hasAccessToken(part: unknown): boolean {
  return typeof part === 'object' && part !== null && 'access_token' in part;
}
