// The public keys with which resource servers verify what was signed here.
// @see RFC 7517 §5 https://www.rfc-editor.org/rfc/rfc7517#section-5
import type { OAuthResponse } from '../../common/http.js';
import { ServerOptions } from '../../config/options.js';
import { ChangeListener } from '../../database/change-listener.js';
import { KeyStore } from '../../tokens/keys/key-store.js';
import { EndpointController } from './endpoint-controller.js';
import { Endpoint } from './endpoint.js';
import { PublishedDocument, type PublishedResponder } from './published-document.js';

/** Seconds. */
const LONGEST_AGE = 300;

@Endpoint({ name: 'jwks', path: '/oauth/jwks', methods: ['GET'], metadata: 'jwks_uri', cors: 'anyone' })
export class JwksController extends EndpointController implements PublishedResponder {
  private readonly keys: PublishedDocument;

  constructor(keys: KeyStore, changes: ChangeListener, { keyPublishAhead }: ServerOptions) {
    super();
    // Whoever keeps them so long has seen a key twice before it signs.
    const maxAge = Math.min(LONGEST_AGE, Math.floor(keyPublishAhead / 2));
    this.keys = new PublishedDocument(changes, {
      tables: ['signing_keys'],
      headers: { 'content-type': 'application/jwk-set+json', 'cache-control': `public, max-age=${maxAge}` },
      make: () => keys.publicJwks(),
    });
  }

  respond(): Promise<OAuthResponse> {
    return this.keys.respond();
  }

  published(): OAuthResponse | undefined {
    return this.keys.ready;
  }
}
