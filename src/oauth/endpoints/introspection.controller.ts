// The introspection endpoint, for resource servers.
// @see RFC 7662 §2 https://www.rfc-editor.org/rfc/rfc7662#section-2
import { All, Req, Res } from '@nestjs/common';
import type { HttpReply, HttpRequest } from '../../common/http.js';
import { AuthorizationServer } from '../authorization-server.js';
import { EndpointHandler } from './endpoint-handler.js';
import { Endpoint } from './endpoint.js';

@Endpoint({ name: 'introspection', path: '/oauth/introspect', methods: ['POST'], metadata: 'introspection_endpoint' })
export class IntrospectionController {
  constructor(
    private readonly server: AuthorizationServer,
    private readonly handler: EndpointHandler,
  ) {}

  @All()
  introspect(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.handler.answer(this, request, reply, (one) => this.server.createIntrospectionResponse(one));
  }
}
