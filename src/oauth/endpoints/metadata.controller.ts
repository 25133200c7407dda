// The metadata document at its well-known path.
// @see RFC 8414 §3 https://www.rfc-editor.org/rfc/rfc8414#section-3
import type { OAuthResponse } from '../../common/http.js';
import { ChangeListener } from '../../database/change-listener.js';
import { Metadata } from '../metadata.js';
import { EndpointController } from './endpoint-controller.js';
import { Endpoint } from './endpoint.js';
import { PublishedDocument, type PublishedResponder } from './published-document.js';

const METADATA_HEADERS = { 'cache-control': 'public, max-age=300' };

@Endpoint({ name: 'metadata', path: '/.well-known/oauth-authorization-server', methods: ['GET'], cors: 'anyone' })
export class MetadataController extends EndpointController implements PublishedResponder {
  private readonly document: PublishedDocument;

  constructor(metadata: Metadata, changes: ChangeListener) {
    super();
    this.document = new PublishedDocument(changes, {
      tables: ['scopes'],
      headers: METADATA_HEADERS,
      make: () => metadata.document(),
      revision: () => metadata.revision,
    });
  }

  respond(): Promise<OAuthResponse> {
    return this.document.respond();
  }

  published(): OAuthResponse | undefined {
    return this.document.ready;
  }
}
