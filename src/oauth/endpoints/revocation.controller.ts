// The revocation endpoint.
// @see RFC 7009 §2 https://www.rfc-editor.org/rfc/rfc7009#section-2
import { All, Req, Res } from '@nestjs/common';
import type { HttpReply, HttpRequest } from '../../common/http.js';
import { AuthorizationServer } from '../authorization-server.js';
import { EndpointHandler } from './endpoint-handler.js';
import { Endpoint } from './endpoint.js';

@Endpoint({
  name: 'revocation',
  path: '/oauth/revoke',
  methods: ['POST'],
  metadata: 'revocation_endpoint',
  cors: 'clients',
})
export class RevocationController {
  constructor(
    private readonly server: AuthorizationServer,
    private readonly handler: EndpointHandler,
  ) {}

  @All()
  revoke(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.handler.answer(this, request, reply, (one) => this.server.createRevocationResponse(one));
  }
}
