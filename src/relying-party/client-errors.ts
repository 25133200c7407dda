// What went wrong at a provider as an OAuthClientError: without causes that hold tokens, and without words that somebody
// else chose to be long or to break a log.
import { OAuthClientError } from './oauth-client-error.js';

const MAX_TEXT = 300;

/** `error`, `error_description` and `error_uri` of RFC 6749 §4.1.2.1 and §5.2, as a provider sent them. */
export interface ProviderAnswer {
  error: unknown;
  error_description?: unknown;
  error_uri?: unknown;
}

/** What a provider answered in place of what was asked for. */
export function refusalOf(provider: string, answer: ProviderAnswer, status?: number): OAuthClientError {
  const uri = typeof answer.error_uri === 'string' && /^https?:\/\//.test(answer.error_uri) ? answer.error_uri : '';
  return new OAuthClientError(provider, textOf(answer.error) || 'server_error', textOf(answer.error_description), {
    status,
    uri: textOf(uri) || undefined,
  });
}

/** Of openid-client, which it does not tell by classes that could be asked for without loading it. */
interface OpenIdFailure {
  name?: string;
  code?: string;
  message: string;
  cause?: unknown;
  error?: string;
  error_description?: string;
  status?: number;
}

/** What does not fit what was asked for, but for a wrong claim. */
const UNREADABLE = ['OAUTH_RESPONSE_IS_NOT_JSON', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_PARSE_ERROR'];
const LATE = ['OAUTH_TIMEOUT', 'OAUTH_ABORT'];

/**
 * What openid-client threw. Faults of the program stay what they are.
 */
export function toClientError(provider: string, error: unknown): unknown {
  for (let one = error; one instanceof Error; one = one.cause) if (one instanceof OAuthClientError) return one;
  const { name, code = '', message, cause, ...answer } = asFailure(error);
  if (name === 'ResponseBodyError')
    return refusalOf(provider, { ...bodyOf(cause), error: answer.error }, answer.status);
  if (name === 'WWWAuthenticateChallengeError')
    return new OAuthClientError(provider, 'provider_unavailable', 'The provider refuses the client.', answer);
  if (!code.startsWith('OAUTH_')) return error;
  const text = [message, asFailure(cause).message].filter(Boolean).join(': ');
  if (LATE.includes(code))
    return new OAuthClientError(provider, 'provider_unavailable', 'The provider does not answer in time.');
  if (UNREADABLE.includes(code))
    return new OAuthClientError(provider, 'provider_unavailable', text, { status: asFailure(cause).status });
  if (code === 'OAUTH_MISSING_SERVER_METADATA' || code === 'OAUTH_UNSUPPORTED_OPERATION')
    return new OAuthClientError(provider, 'unsupported', text);
  return new OAuthClientError(provider, 'invalid_response', text);
}

function asFailure(error: unknown): OpenIdFailure {
  if (typeof error !== 'object' || error === null) return { message: '' };
  const { name, code, message, cause, error: refused, error_description, status } = error as OpenIdFailure;
  return { name, code, message: message ?? '', cause, error: refused, error_description, status };
}

function bodyOf(cause: unknown): { error_description?: unknown; error_uri?: unknown } {
  return typeof cause === 'object' && cause !== null ? cause : {};
}

/** Printable, on one line, and not longer than anybody reads. */
function textOf(value: unknown): string {
  if (typeof value !== 'string') return '';
  // eslint-disable-next-line no-control-regex
  return value.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').slice(0, MAX_TEXT);
}
