// What every endpoint does alike: methods, CORS, and errors as the JSON of the protocol.
// @see RFC 6749 §5.2 https://www.rfc-editor.org/rfc/rfc6749#section-5.2
import { Injectable, Logger } from '@nestjs/common';
import { ClientsService } from '../../clients/clients.service.js';
import {
  type HttpReply,
  type HttpRequest,
  jsonResponse,
  NO_STORE,
  type OAuthRequest,
  type OAuthResponse,
  referenceOf,
  sendResponse,
  toOAuthRequest,
} from '../../common/http.js';
import {
  InvalidRequestError,
  MethodNotAllowedError,
  OAuthError,
  ServerError,
  TemporarilyUnavailableError,
} from '../../common/oauth-error.js';
import { type Parameters, parseForm } from '../../common/parameters.js';
import { ServerOptions } from '../../config/options.js';
import { isDatabaseUnavailable } from '../../database/unavailable.js';
import { BearerError } from '../../resource-server/bearer-challenge.js';
import { endpointOf, type EndpointOptions } from './endpoint.js';

/** Names that the token, revocation and introspection endpoints read: none of them may come twice. */
const FORM_PARAMETERS = new Set([
  'grant_type', 'client_id', 'client_secret', 'client_assertion', 'client_assertion_type', 'code', 'redirect_uri', 'code_verifier',
  'refresh_token', 'scope', 'username', 'password', 'token', 'token_type_hint',
]); // prettier-ignore

@Injectable()
export class EndpointHandler {
  private readonly logger = new Logger('OAuth');

  constructor(
    private readonly options: ServerOptions,
    private readonly clients: ClientsService,
  ) {}

  /** Runs an endpoint of the protocol: whatever is thrown becomes an answer. */
  async answer(
    controller: object,
    request: HttpRequest,
    reply: HttpReply,
    respond: (request: OAuthRequest) => Promise<OAuthResponse>,
  ): Promise<void> {
    const endpoint = endpointOf(controller);
    if (endpoint.isOn?.(this.options) === false) return sendResponse(reply, this.errorResponse(notFound(), reply));
    const { origin } = request.headers;
    if (endpoint.cors === 'anyone') reply.header('access-control-allow-origin', '*');
    else if (endpoint.cors === 'clients' && origin !== undefined) await this.allowClients(origin, reply);
    if (request.method === 'OPTIONS') return sendResponse(reply, preflight(endpoint, reply));
    let response: OAuthResponse;
    try {
      checkMethod(endpoint, request.method);
      response = await respond(toOAuthRequest(request));
    } catch (error) {
      response = this.errorResponse(error, reply);
    }
    sendResponse(reply, response);
  }

  /** The error as the JSON of RFC 6749 §5.2; what is no protocol error is logged and told apart only by its status. */
  errorResponse(error: unknown, reply: HttpReply): OAuthResponse {
    if (error instanceof BearerError) return this.bearerErrorResponse(error, reply);
    const known = this.toOAuthError(error, reply);
    const { code, description, details, status } = known;
    const uri = this.options.errorUris[code];
    const body = {
      error: code,
      ...(description && { error_description: description }),
      ...(uri && { error_uri: uri }),
      ...details.members,
    };
    return jsonResponse(status, body, { ...NO_STORE, ...details.headers });
  }

  /** RFC 6750 §3 */
  private bearerErrorResponse(error: BearerError, reply: HttpReply): OAuthResponse {
    this.logger.log({ reference: referenceOf(reply), reason: error.challenge }, 'refused');
    const body = error.getResponse() as object;
    return jsonResponse(error.getStatus(), body, { ...NO_STORE, 'www-authenticate': error.challenge });
  }

  private toOAuthError(error: unknown, reply: HttpReply): OAuthError {
    const reference = referenceOf(reply);
    if (error instanceof OAuthError) {
      this.logger.log({ reference, error: error.code, reason: error.details.reason ?? error.description }, 'refused');
      return error;
    }
    if (isDatabaseUnavailable(error)) {
      this.logger.warn({ reference }, 'the database is away');
      return new TemporarilyUnavailableError('The service is not available at this moment.', 5);
    }
    this.logger.error({ reference, err: error }, 'unexpected error');
    return new ServerError('The server made a mistake.');
  }

  private async allowClients(origin: string, reply: HttpReply): Promise<void> {
    const allowed = await this.clients.isBrowserOrigin(origin).catch(() => false);
    reply.header('vary', 'Origin');
    if (allowed) reply.header('access-control-allow-origin', origin);
  }
}

/** What browsers ask before they let a page of another origin send the request. */
function preflight({ methods }: EndpointOptions, reply: HttpReply): OAuthResponse {
  const headers = {
    allow: methods.join(', '),
    ...(reply.getHeader('access-control-allow-origin') !== undefined && {
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': 'Authorization, Content-Type, DPoP',
      'access-control-max-age': '600',
    }),
  };
  return { status: 204, headers, body: '' };
}

/**
 * The form that was posted.
 * @throws InvalidRequestError when it is not application/x-www-form-urlencoded, or a known parameter comes twice
 */
export function readForm(request: OAuthRequest): Parameters {
  const parameters = parseFormBody(request);
  parameters.refuseRepeated(FORM_PARAMETERS);
  // RFC 6749 §2.3.1, §3.2: parameters are sent in the body only, so that none is left in a log.
  if (request.query !== '' && parseForm(request.query).has('client_secret'))
    throw new InvalidRequestError('Send the parameters in the body, not in the URL.');
  return parameters;
}

/**
 * The form that was posted, whatever it holds.
 * @throws InvalidRequestError when it is not application/x-www-form-urlencoded
 */
export function parseFormBody({ headers, body }: OAuthRequest): Parameters {
  if (!isForm({ headers })) {
    throw new InvalidRequestError('Send the parameters as application/x-www-form-urlencoded (with curl: -d, not -F).');
  }
  return parseForm(body ?? '');
}

export function isForm({ headers }: Pick<OAuthRequest, 'headers'>): boolean {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded';
}

function notFound(): OAuthError {
  return new OAuthError('not_found', 404, 'There is nothing at this address.');
}

function checkMethod(endpoint: EndpointOptions, method: string): void {
  const allowed = endpoint.methods as readonly string[];
  if (allowed.includes(method) || (method === 'HEAD' && allowed.includes('GET'))) return;
  throw new MethodNotAllowedError(allowed);
}
