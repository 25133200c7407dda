// The token endpoint.
// @see RFC 6749 §3.2 https://www.rfc-editor.org/rfc/rfc6749#section-3.2
import { All, Req, Res } from '@nestjs/common';
import type { HttpReply, HttpRequest } from '../../common/http.js';
import { AuthorizationServer } from '../authorization-server.js';
import { EndpointHandler } from './endpoint-handler.js';
import { Endpoint } from './endpoint.js';

@Endpoint({ name: 'token', path: '/oauth/token', methods: ['POST'], metadata: 'token_endpoint', cors: 'clients' })
export class TokenController {
  constructor(
    private readonly server: AuthorizationServer,
    private readonly handler: EndpointHandler,
  ) {}

  @All()
  token(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.handler.answer(this, request, reply, (one) => this.server.createTokenResponse(one));
  }
}
