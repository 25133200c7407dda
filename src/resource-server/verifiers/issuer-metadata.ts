// Where the endpoints of an issuer are, as its metadata tells.
// @see RFC 8414 §3, OIDC Discovery §4 https://www.rfc-editor.org/rfc/rfc8414#section-3
import { type DocumentTimes, type FreshDocument, IssuerDocumentCache } from './issuer-document-cache.js';
import { IssuerRequestError, issuerUrlFault, requestJson } from './issuer-requests.js';

export class IssuerMetadata {
  private readonly cache: IssuerDocumentCache<Record<string, unknown>>;

  /** @param timeout milliseconds of a request */
  constructor(
    private readonly issuer: string,
    private readonly timeout: number,
    times: DocumentTimes,
  ) {
    this.cache = new IssuerDocumentCache(() => this.read(), times);
  }

  /**
   * @throws TokenVerificationUnavailableError when the metadata cannot be had
   * @throws IssuerRequestError when they do not name the endpoint, or one that nobody should ask
   */
  async endpoint(member: 'jwks_uri' | 'introspection_endpoint'): Promise<string> {
    const url = (await this.cache.get())[member];
    const fault = url === undefined ? 'is missing' : (issuerUrlFault(url) ?? this.downgradeFault(url as string));
    if (fault) throw new IssuerRequestError(`Metadata of ${this.issuer}: ${member} ${fault}`);
    return url as string;
  }

  /** An issuer elsewhere names no port of this machine, and nothing that others can listen to. */
  private downgradeFault(url: string): string | undefined {
    const isDowngrade = this.issuer.startsWith('https:') && !url.startsWith('https:');
    return isDowngrade ? 'must use https, as the issuer does' : undefined;
  }

  private async read(): Promise<FreshDocument<Record<string, unknown>>> {
    const { origin, pathname, search } = new URL(this.issuer);
    const path = pathname.replace(/\/$/, '');
    const oauth = `${origin}/.well-known/oauth-authorization-server${path}${search}`;
    const openid = `${origin}${path}/.well-known/openid-configuration${search}`;
    const { json, cacheControl } = await requestJson(oauth, {}, this.timeout).catch((error: unknown) => {
      // An issuer that has the document under the other name only.
      if (!(error instanceof IssuerRequestError) || error.status === undefined || error.status >= 500) throw error;
      return requestJson(openid, {}, this.timeout);
    });
    // RFC 8414 §3.3: exactly the issuer that was asked for.
    if (typeof json !== 'object' || json === null || !('issuer' in json) || json.issuer !== this.issuer)
      throw new IssuerRequestError(`Metadata of ${this.issuer}: issuer is not the same`);
    return { value: json, cacheControl };
  }
}
