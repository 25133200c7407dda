// The metadata document at its well-known path.
// @see RFC 8414 §3 https://www.rfc-editor.org/rfc/rfc8414#section-3
import { All, Req, Res } from '@nestjs/common';
import type { HttpReply, HttpRequest } from '../../common/http.js';
import { ChangeListener } from '../../database/change-listener.js';
import { Metadata } from '../metadata.js';
import { EndpointHandler } from './endpoint-handler.js';
import { Endpoint } from './endpoint.js';
import { PublishedDocument } from './published-document.js';

const METADATA_HEADERS = { 'cache-control': 'public, max-age=300' };

@Endpoint({ name: 'metadata', path: '/.well-known/oauth-authorization-server', methods: ['GET'], cors: 'anyone' })
export class MetadataController {
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
