// What every endpoint does alike over HTTP: methods, CORS, and errors as the JSON of the protocol.
// @see RFC 6749 §5.2 https://www.rfc-editor.org/rfc/rfc6749#section-5.2
import { Injectable } from '@nestjs/common';
import { ClientsService } from '../../clients/clients.service.js';
import {
  type HttpReply,
  type HttpRequest,
  type OAuthResponse,
  sendResponse,
  toOAuthRequest,
} from '../../common/http.js';
import { MethodNotAllowedError, OAuthError } from '../../common/oauth-error.js';
import { endpointNameOf, type EndpointOptions, EndpointRegistry } from './endpoint.js';
import { ErrorResponses } from './error-responses.js';

@Injectable()
export class EndpointHandler {
  constructor(
    private readonly endpoints: EndpointRegistry,
    private readonly errors: ErrorResponses,
    private readonly clients: ClientsService,
  ) {}

  /** Answers at a controller's address, by the endpoint of its name; whatever is thrown becomes an answer. */
  async answer(controller: object, request: HttpRequest, reply: HttpReply): Promise<void> {
    const name = endpointNameOf(controller);
    const endpoint = this.endpoints.find(name);
    const described = this.endpoints.describe(name);
    if (!endpoint?.respond || !described) return sendResponse(reply, this.errors.of(notFound(), request.id));
    const { origin } = request.headers;
    if (described.cors === 'anyone') reply.header('access-control-allow-origin', '*');
    else if (described.cors === 'clients' && origin !== undefined) await this.allowClients(origin, reply);
    if (request.method === 'OPTIONS') return sendResponse(reply, preflight(described, reply));
    let response: OAuthResponse;
    try {
      checkMethod(described, request.method);
      response = await endpoint.respond(toOAuthRequest(request));
    } catch (error) {
      response = this.errors.of(error, request.id);
    }
    sendResponse(reply, response);
  }

  private async allowClients(origin: string, reply: HttpReply): Promise<void> {
    const allowed = await this.clients.isBrowserOrigin(origin).catch(() => false);
    reply.header('vary', 'Origin');
    if (allowed) reply.header('access-control-allow-origin', origin);
  }
}

/** @throws MethodNotAllowedError when the endpoint does not know the method */
export function checkMethod({ methods }: Pick<EndpointOptions, 'methods'>, method: string): void {
  const allowed = methods as readonly string[];
  if (allowed.includes(method) || (method === 'HEAD' && allowed.includes('GET'))) return;
  throw new MethodNotAllowedError(allowed);
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

function notFound(): OAuthError {
  return new OAuthError('not_found', 404, 'There is nothing at this address.');
}
