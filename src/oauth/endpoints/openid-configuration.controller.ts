// The metadata document of OpenID Connect at its well-known path.
// @see OIDC Discovery §4 https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
import { All, Req, Res } from '@nestjs/common';
import type { HttpReply, HttpRequest } from '../../common/http.js';
import { ChangeListener } from '../../database/change-listener.js';
import { Metadata } from '../metadata.js';
import { EndpointHandler } from './endpoint-handler.js';
import { Endpoint } from './endpoint.js';
import { METADATA_HEADERS } from './metadata.controller.js';
import { PublishedDocument } from './published-document.js';

@Endpoint({ name: 'openid_configuration', path: '/.well-known/openid-configuration', methods: ['GET'], cors: 'anyone' })
export class OpenIdConfigurationController {
  private readonly metadata: PublishedDocument;

  constructor(
    metadata: Metadata,
    private readonly handler: EndpointHandler,
    changes: ChangeListener,
  ) {
    this.metadata = new PublishedDocument(changes, {
      tables: ['scopes'],
      headers: METADATA_HEADERS,
      make: () => metadata.document(),
    });
  }

  @All()
  document(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.handler.answer(this, request, reply, () => this.metadata.respond());
  }
}
