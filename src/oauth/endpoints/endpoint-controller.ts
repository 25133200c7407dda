// The HTTP side of an endpoint: what a controller with @Endpoint extends.
import { All, Inject, Req, Res } from '@nestjs/common';
import type { HttpReply, HttpRequest, OAuthRequest, OAuthResponse } from '../../common/http.js';
import { EndpointHandler } from './endpoint-handler.js';
import type { EndpointResponder } from './endpoint.js';

/**
 * An endpoint of the protocol: `respond` answers, methods and CORS are those of `@Endpoint`, and whatever is thrown becomes the
 * error response of RFC 6749 §5.2.
 *
 * @example
 * \@Endpoint({ name: 'ping', path: '/oauth/ping', methods: ['GET'] })
 * export class PingEndpoint extends EndpointController {
 *   respond(): OAuthResponse { return jsonResponse(200, { pong: true }); }
 * }
 */
export abstract class EndpointController implements EndpointResponder {
  @Inject(EndpointHandler) private readonly endpointHandler!: EndpointHandler;

  abstract respond(request: OAuthRequest): OAuthResponse | Promise<OAuthResponse>;

  /** Whatever comes to the address of the endpoint. */
  @All()
  handle(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.endpointHandler.answer(this, request, reply);
  }
}
