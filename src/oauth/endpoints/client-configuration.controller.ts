// The client configuration endpoint: one for each client that registered itself.
// @see RFC 7592 §2 https://www.rfc-editor.org/rfc/rfc7592#section-2
import { All, Param, Req, Res } from '@nestjs/common';
import type { HttpReply, HttpRequest, OAuthRequest, OAuthResponse } from '../../common/http.js';
import { Registration } from '../registration/registration.js';
import { EndpointHandler } from './endpoint-handler.js';
import { Endpoint } from './endpoint.js';

@Endpoint({
  name: 'client_configuration',
  path: '/oauth/register/:client_id',
  methods: ['GET', 'PUT', 'DELETE'],
  isOn: ({ registration }) => registration !== 'off',
})
export class ClientConfigurationController {
  constructor(
    private readonly registration: Registration,
    private readonly handler: EndpointHandler,
  ) {}

  @All()
  manage(@Param('client_id') clientId: string, @Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.handler.answer(this, request, reply, (one) => this.respond(one, clientId));
  }

  private respond(request: OAuthRequest, clientId: string): Promise<OAuthResponse> {
    if (request.method === 'PUT') return this.registration.replace(request, clientId);
    if (request.method === 'DELETE') return this.registration.remove(request, clientId);
    return this.registration.read(request, clientId);
  }
}
