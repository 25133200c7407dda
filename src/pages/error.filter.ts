// Whatever goes wrong outside an endpoint's own handling: a page for people, JSON for programs; no stack, no SQL, no path.
// @see RFC 6749 §4.1.2.1 https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import { ApiErrorFilter } from '../api/api-error.filter.js';
import { isApi } from '../api/api-routes.js';
import { type HttpReply, type HttpRequest, NO_STORE, referenceOf } from '../common/http.js';
import { InvalidRequestError, OAuthError, ServerError, TemporarilyUnavailableError } from '../common/oauth-error.js';
import { isDatabaseUnavailable } from '../database/unavailable.js';
import { ServerOptions } from '../config/options.js';
import { InteractionError } from '../oauth/interactions/interaction-error.js';
import { FormError } from './form-error.js';
import { Languages } from './languages.js';
import { message } from './messages/catalogue.js';
import { PageRenderer } from './render.js';

/** Paths where programs ask, beside the JSON APIs: everything but the pages of the protocol. */
const PROGRAMS = /^\/(?:health|\.well-known|assets|oauth(?!\/(?:authorize|logout)))(?:\/|\?|$)/;
/** What a malformed request is told, by status. */
const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The request is malformed.',
  404: 'There is nothing at this address.',
  405: 'This method is not allowed here.',
  413: 'The request is too large.',
  414: 'The URL is too long.',
  415: 'Send the parameters as application/x-www-form-urlencoded (with curl: -d, not -F).',
};
/** The endpoints that take JSON. */
const TAKES_JSON = /^\/oauth\/register(?=[/?]|$)/;

@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('HTTP');

  constructor(
    private readonly renderer: PageRenderer,
    private readonly languages: Languages,
    private readonly api: ApiErrorFilter,
    private readonly options: ServerOptions,
  ) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<HttpRequest>();
    if (isApi(request.url)) return this.api.catch(exception, host);
    const reply = http.getResponse<HttpReply>();
    const reference = referenceOf(reply);
    if (exception instanceof HttpException && PROGRAMS.test(request.url) && isStructured(exception)) {
      reply.status(exception.getStatus()).send(exception.getResponse());
      return;
    }
    const error = this.toOAuthError(exception, request, reference);
    for (const [name, value] of Object.entries({ ...NO_STORE, ...error.details.headers })) reply.header(name, value);
    if (PROGRAMS.test(request.url)) {
      const body = { error: error.code, error_description: error.description };
      reply.header('content-type', 'application/json').status(error.status).send(JSON.stringify(body));
      return;
    }
    const language = this.languages.of(request);
    const view = {
      code: error.code,
      reference,
      description: error.description,
      blameClient: isOfClient(request.url) && error.status < 500 && !(error instanceof FormError),
      explanation: error instanceof InteractionError ? message('error.explain.expired') : undefined,
      againUrl:
        error instanceof FormError && error.again !== undefined ? this.options.basePath + error.again : undefined,
    };
    const page = this.renderer.render('error', view, language);
    for (const [name, value] of Object.entries(this.renderer.pageHeaders(language))) reply.header(name, value);
    reply.status(error.status).send(page);
  }

  private toOAuthError(exception: unknown, request: HttpRequest, reference: string): OAuthError {
    if (exception instanceof OAuthError) {
      this.logger.log(
        { reference, error: exception.code, reason: exception.details.reason ?? exception.description },
        'refused',
      );
      return exception;
    }
    const status = statusOf(exception);
    if (status !== undefined && status < 500) return clientError(status, request);
    if (isDatabaseUnavailable(exception)) {
      this.logger.warn({ reference }, 'the database is away');
      return new TemporarilyUnavailableError('The service is not available at this moment.', 5);
    }
    this.logger.error({ reference, err: exception }, 'unexpected error');
    return new ServerError('The server made a mistake.');
  }
}

/** Somebody has already said it in the words of the protocol, e.g. a guard. */
function isStructured(exception: HttpException): boolean {
  const body = exception.getResponse();
  return typeof body === 'object' && 'error' in body && /^[a-z_]+$/.test(String(body.error));
}

/** RFC 6749 §5.2 knows one status for what is wrong with the form of a request at its endpoints. */
function clientError(status: number, request: HttpRequest): OAuthError {
  const isEndpoint = /^\/oauth\//.test(request.url);
  const code = status === 404 ? 'not_found' : 'invalid_request';
  if (status === 415 && TAKES_JSON.test(request.url))
    return new InvalidRequestError('Send the metadata as application/json.');
  return new OAuthError(
    code,
    isEndpoint && status === 415 ? 400 : status,
    DESCRIPTIONS[status] ?? 'The request was refused.',
  );
}

function statusOf(exception: unknown): number | undefined {
  if (exception instanceof HttpException) return exception.getStatus();
  const status = (exception as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

/** Sent there by a client, which has made the request. */
function isOfClient(url: string): boolean {
  return /^\/oauth\/(?:authorize|logout)/.test(url);
}
