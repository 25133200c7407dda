// The client registration endpoint.
// @see RFC 7591 §3 https://www.rfc-editor.org/rfc/rfc7591#section-3
import { All, Req, Res } from '@nestjs/common';
import type { HttpReply, HttpRequest } from '../../common/http.js';
import { Registration } from '../registration/registration.js';
import { EndpointHandler } from './endpoint-handler.js';
import { Endpoint } from './endpoint.js';

@Endpoint({
  name: 'registration',
  path: '/oauth/register',
  methods: ['POST'],
  metadata: 'registration_endpoint',
  isOn: ({ registration }) => registration !== 'off',
})
export class RegistrationController {
  constructor(
    private readonly registration: Registration,
    private readonly handler: EndpointHandler,
  ) {}

  @All()
  register(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.handler.answer(this, request, reply, (one) => this.registration.register(one));
  }
}
