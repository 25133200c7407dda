// Calls to the API of a provider of OAuth 1.0a, each one signed with the token of whoever it is made for.
// @see RFC 5849 §3 https://www.rfc-editor.org/rfc/rfc5849#section-3
import { apiCall } from './api-call.js';
import type { ApiRequestOptions } from './oauth-client.js';
import type { OAuthToken } from './oauth-token.js';
import { credentialsOf } from './oauth1-flow.js';
import { authorizationHeader, signedParameters } from './oauth1-signature.js';
import type { Provider } from './provider.js';

const FORM = /^application\/x-www-form-urlencoded\s*(;|$)/i;

export class OAuth1Calls {
  constructor(private readonly provider: Provider) {}

  /**
   * The answer, whatever its status; redirects are answers too.
   * @param path relative to `apiBaseUrl`, or a URL at its origin
   * @throws OAuthClientError
   */
  async request(method: string, path: string, options: ApiRequestOptions = {}): Promise<Response> {
    const { url, ...init } = apiCall(this.provider, method, path, options);
    const request = new Request(url, init);
    return options.withholdToken ? this.send(request) : this.sendSigned(request, await this.tokenOf(options));
  }

  /** A GET at an endpoint of the provider's, wherever it is, and the token that it was signed with. */
  async endpoint(url: string, options: ApiRequestOptions): Promise<{ response: Response; token: OAuthToken }> {
    const token = await this.tokenOf(options);
    const request = new Request(url, { headers: { accept: 'application/json' } });
    return { response: await this.sendSigned(request, token), token };
  }

  private async tokenOf({ token, request }: ApiRequestOptions): Promise<OAuthToken> {
    const { provider } = this;
    const found = token ?? (await provider.settings.fetchToken?.(provider.name, { request }));
    if (!found) throw provider.error('missing_token', 'There is no token for the call.');
    return found;
  }

  /** Signs what compliance made of it: the query, and the body where it is a form (§3.4.1.3.1). */
  private async sendSigned(given: Request, token: OAuthToken): Promise<Response> {
    const { provider } = this;
    const { oauth_token: key, oauth_token_secret: secret } = token;
    if (key === undefined || secret === undefined)
      throw provider.error('missing_token', 'The token has no oauth_token, or no oauth_token_secret.');
    const request = (await provider.settings.compliance?.protectedRequest?.(given)) ?? given;
    const isForm = FORM.test(request.headers.get('content-type') ?? '');
    const form = isForm ? [...new URLSearchParams(await request.clone().text())] : [];
    const { method } = request;
    const url = new URL(request.url);
    const credentials = credentialsOf(provider, { key, secret });
    request.headers.set('authorization', authorizationHeader(signedParameters({ method, url, form }, credentials)));
    return provider.fetch(request);
  }

  private async send(request: Request): Promise<Response> {
    return this.provider.fetch((await this.provider.settings.compliance?.protectedRequest?.(request)) ?? request);
  }
}
