// What every operation can be refused with: the statuses and bodies of ApiErrorFilter and of the guard.
// @see RFC 6750 §3 https://www.rfc-editor.org/rfc/rfc6750#section-3
import type { HeaderObject, ResponseObject } from './document.js';
import { integer, list, object, ref, type Schema, text } from './schema.js';

const CHALLENGE: HeaderObject = {
  description: 'The challenge of RFC 6750: which scope is needed, or what is wrong with the token.',
  schema: { type: 'string', examples: ['Bearer realm="api"'] },
};
const RETRY_AFTER: HeaderObject = { description: 'Seconds to wait.', schema: { type: 'string', pattern: '^\\d+$' } };

const CODES = [
  'invalid_request', 'invalid_token', 'insufficient_scope', 'not_found', 'method_not_allowed', 'conflict',
  'content_too_large', 'uri_too_long', 'unsupported_media_type', 'server_error', 'temporarily_unavailable',
  'access_denied', 'foreign_origin', 'invalid_csrf_token', 'invalid_interaction', 'wrong_credentials', 'too_many_attempts',
]; // prettier-ignore

export const REFUSAL_SCHEMAS: Readonly<Record<string, Schema>> = {
  Error: object(
    'What is answered instead, in the words of OAuth.',
    {
      error: text('A code for programs.', { enum: CODES }),
      error_description: text('A sentence for the developer of the caller.'),
      retry_after: integer('Seconds to wait.', { minimum: 1 }),
      faults: list('What is wrong, member by member.', ref('Fault'), { maxItems: 50 }),
    },
    { required: ['error', 'error_description'] },
  ),
  Fault: object(
    'A member that cannot be taken as it is.',
    {
      member: text('Its name, such as `username` or `redirect_uris[0]`.', { maxLength: 200 }),
      problem: text('What is wrong with it.'),
    },
    { required: ['member', 'problem'], example: { member: 'redirect_uris[0]', problem: 'must not have a fragment' } },
  ),
  TokenMissing: object(
    'No access token was sent: as RFC 6750 §3.1 has it, nothing is said about an error.',
    { statusCode: { const: 401, description: 'The status once more.' }, message: { const: 'Unauthorized' } },
    { required: ['statusCode', 'message'], example: { statusCode: 401, message: 'Unauthorized' } },
  ),
};

function refusal(
  description: string,
  error: string,
  said: string,
  headers?: Record<string, HeaderObject>,
  faults?: object[],
): ResponseObject {
  const example = { error, error_description: said, ...(faults && { faults }) };
  return {
    description,
    ...(headers && { headers }),
    content: { 'application/json': { schema: ref('Error'), example } },
  };
}

/** By status; each one is in `components.responses` under its name. */
export const REFUSALS: Readonly<Record<number, { name: string; response: ResponseObject }>> = {
  400: {
    name: 'InvalidRequest',
    response: refusal(
      'The request cannot be taken as it is.',
      'invalid_request',
      'The request cannot be taken as it is: see faults.',
      undefined,
      [{ member: 'limit', problem: 'must not be greater than 200' }],
    ),
  },
  401: {
    name: 'Unauthorized',
    response: {
      description: 'There is no access token, or it is unknown, expired, revoked or meant for another resource.',
      headers: { 'WWW-Authenticate': CHALLENGE },
      content: {
        'application/json': {
          schema: { anyOf: [ref('TokenMissing'), ref('Error')] },
          example: {
            error: 'invalid_token',
            error_description: 'The access token is unknown, expired, revoked or meant for another resource.',
          },
        },
      },
    },
  },
  403: {
    name: 'Forbidden',
    response: refusal(
      'The access token does not carry the scope.',
      'insufficient_scope',
      'The access token does not carry the scope that is needed here.',
      { 'WWW-Authenticate': CHALLENGE },
    ),
  },
  404: { name: 'NotFound', response: refusal('There is no such thing.', 'not_found', 'There is no such thing.') },
  409: {
    name: 'Conflict',
    response: refusal('What is there stands in the way.', 'conflict', 'It is already taken: see faults.', undefined, [
      { member: 'username', problem: 'is already taken' },
    ]),
  },
  413: {
    name: 'ContentTooLarge',
    response: refusal('The body has more than 128 KiB.', 'content_too_large', 'The request is too large.'),
  },
  415: {
    name: 'UnsupportedMediaType',
    response: refusal(
      'The body is no `application/json`.',
      'unsupported_media_type',
      'Send the body as application/json.',
    ),
  },
  429: {
    name: 'TooManyAttempts',
    response: refusal(
      'It failed too often: the password was not looked at.',
      'too_many_attempts',
      'Sign-in failed too often. Try again later.',
      { 'Retry-After': RETRY_AFTER },
    ),
  },
  500: {
    name: 'ServerError',
    response: refusal('The server made a mistake; its log says which.', 'server_error', 'The server made a mistake.'),
  },
  503: {
    name: 'TemporarilyUnavailable',
    response: refusal(
      'The service is not available at this moment.',
      'temporarily_unavailable',
      'The service is not available at this moment.',
      { 'Retry-After': RETRY_AFTER },
    ),
  },
};
