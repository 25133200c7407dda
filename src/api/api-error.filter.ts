// Whatever goes wrong in the JSON APIs, as JSON: no stack, no SQL, nothing of the request repeated.
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import { type HttpReply, type HttpRequest, NO_STORE, referenceOf } from '../common/http.js';
import { InputError } from '../common/input-error.js';
import { OAuthError } from '../common/oauth-error.js';
import { isDatabaseUnavailable } from '../database/unavailable.js';
import { BearerError } from '../resource-server/bearer-challenge.js';
import { ApiError } from './api-error.js';
import { ApiRoutes } from './api-routes.js';

/** As many faults as anybody reads, and as much of a name. */
const MAX_FAULTS = 50;
const MAX_MEMBER_LENGTH = 200;

/** What is said of a request that never reached a handler, by status. */
const REFUSALS: Readonly<Record<number, [code: string, description: string]>> = {
  404: ['not_found', 'There is nothing at this address.'],
  413: ['content_too_large', 'The request is too large.'],
  414: ['uri_too_long', 'The URL is too long.'],
  415: ['unsupported_media_type', 'Send the body as application/json.'],
};

@Catch()
export class ApiErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('API');

  constructor(private readonly routes: ApiRoutes) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<HttpReply>();
    for (const [name, value] of Object.entries(NO_STORE)) reply.header(name, value);
    if (exception instanceof BearerError) {
      reply.header('www-authenticate', exception.challenge);
      reply.status(exception.getStatus()).send(exception.getResponse());
      return;
    }
    const error = this.toApiError(exception, http.getRequest<HttpRequest>(), referenceOf(reply));
    for (const [name, value] of Object.entries(error.headers)) reply.header(name, value);
    const retryAfter = error.headers['retry-after'];
    reply.status(error.status).send({
      error: error.code,
      error_description: error.description,
      ...(retryAfter !== undefined && { retry_after: Number(retryAfter) }),
      ...(error.faults && { faults: error.faults.slice(0, MAX_FAULTS).map(faultForWire) }),
    });
  }

  private toApiError(exception: unknown, request: HttpRequest, reference: string): ApiError {
    if (exception instanceof ApiError) return exception;
    if (exception instanceof InputError) return inputError(exception);
    if (exception instanceof OAuthError) {
      const { code, status, description = code, details } = exception;
      this.logger.debug({ reference, error: code, reason: details.reason ?? description }, 'refused');
      return new ApiError(status, code, description, details.headers);
    }
    const status = statusOf(exception);
    if (status !== undefined && status < 500) return this.refusal(status, exception, request);
    if (isDatabaseUnavailable(exception)) {
      this.logger.warn({ reference }, 'the database is away');
      const description = 'The service is not available at this moment.';
      return new ApiError(503, 'temporarily_unavailable', description, { 'retry-after': '5' });
    }
    this.logger.error({ reference, err: exception }, 'unexpected error');
    return new ApiError(500, 'server_error', 'The server made a mistake.');
  }

  private refusal(status: number, exception: unknown, { method, url }: HttpRequest): ApiError {
    const methods = status === 404 ? this.routes.methodsAt(url) : [];
    if (methods.length > 0 && !methods.includes(method)) {
      const description = `Use ${methods.join(' or ')} here.`;
      return new ApiError(405, 'method_not_allowed', description, { allow: methods.join(', ') });
    }
    const [code, description] = REFUSALS[status] ?? ['invalid_request', malformed(exception)];
    return new ApiError(status, code, description);
  }
}

function inputError(error: InputError): ApiError {
  return error.isConflict
    ? new ApiError(409, 'conflict', 'It is already taken: see faults.', {}, error.faults)
    : new ApiError(400, 'invalid_request', 'The request cannot be taken as it is: see faults.', {}, error.faults);
}

function faultForWire({ member, problem }: { member: string; problem: string }): object {
  return { member: member.slice(0, MAX_MEMBER_LENGTH), problem };
}

function malformed(exception: unknown): string {
  const cause = exception instanceof HttpException ? exception.cause : exception;
  return (cause as { code?: unknown } | undefined)?.code === 'FST_ERR_CTP_EMPTY_JSON_BODY'
    ? 'The body is empty: send a JSON object, or no Content-Type.'
    : 'The request is malformed.';
}

function statusOf(exception: unknown): number | undefined {
  if (exception instanceof HttpException) return exception.getStatus();
  const status = (exception as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 ? status : undefined;
}
