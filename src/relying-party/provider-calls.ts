// Calls to the API of a provider, with the token of whoever they are made for: only to the origin of `apiBaseUrl`, and
// to nowhere else when the provider redirects.
// @see RFC 6750 §2, RFC 9449 §7 https://www.rfc-editor.org/rfc/rfc6750#section-2
import { type ApiCall, apiCall, BODILESS, callTo, FORM_TYPE } from './api-call.js';
import { toClientError } from './client-errors.js';
import type { ApiRequestOptions } from './oauth-client.js';
import type { OAuthToken } from './oauth-token.js';
import { loadOpenId } from './openid.js';
import type { Provider } from './provider.js';
import { isRefusal, type TokenUse } from './token-use.js';

type TokenOptions = Pick<ApiRequestOptions, 'token' | 'request'>;

export class ProviderCalls {
  constructor(
    private readonly provider: Provider,
    private readonly tokens: TokenUse,
  ) {}

  /**
   * The answer, whatever its status; redirects are answers too.
   * @param path relative to `apiBaseUrl`, or a URL at its origin
   * @throws OAuthClientError
   */
  async request(method: string, path: string, options: ApiRequestOptions = {}): Promise<Response> {
    const call = apiCall(this.provider, method, path, options);
    if (options.withholdToken) return this.send(new Request(call.url, call));
    return (await this.run(call, options)).response;
  }

  /** A GET at an endpoint of the provider's, wherever it is, and the token that it was sent with. */
  async endpoint(url: URL, options: TokenOptions): Promise<{ response: Response; token: OAuthToken }> {
    const accept = 'application/json, application/jwt';
    return this.run(callTo(this.provider, 'GET', url, { headers: { accept } }), options);
  }

  private run(call: ApiCall, { token, request }: TokenOptions): Promise<{ response: Response; token: OAuthToken }> {
    return this.tokens.use(token, { request }, async (live) => {
      const response = await this.sendWith(live, call);
      return { refused: isRefusal(response), value: { response, token: live } };
    });
  }

  private async sendWith(token: OAuthToken, call: ApiCall): Promise<Response> {
    const { access_token: accessToken } = token;
    if (!accessToken) throw this.provider.error('missing_token', 'The token has no access token.');
    // RFC 6749 A.12; what refuses such a header says its value.
    if (/[^\x20-\x7e]/.test(accessToken))
      throw this.provider.error('token_invalid', 'The access token has characters that none has.');
    if (token.token_type === 'dpop') return this.sendProven(accessToken, call);
    const url = new URL(call.url);
    const headers = new Headers(call.headers);
    let { body } = call;
    switch (this.placementOf(call)) {
      case 'uri':
        url.searchParams.set('access_token', accessToken);
        break;
      case 'body': {
        const form = new URLSearchParams(body as string | undefined);
        form.set('access_token', accessToken);
        headers.set('content-type', FORM_TYPE);
        body = form.toString();
        break;
      }
      default:
        headers.set('authorization', `Bearer ${accessToken}`);
    }
    return this.send(new Request(url, { ...call, headers, body }));
  }

  /** The body has room for the token where it is a form, or there is none (RFC 6750 §2.2); every API takes the header. */
  private placementOf({ method, body, isForm }: ApiCall): 'header' | 'body' | 'uri' {
    const { tokenPlacement } = this.provider.settings;
    if (tokenPlacement !== 'body') return tokenPlacement;
    return !BODILESS.includes(method) && (isForm || body === undefined) ? 'body' : 'header';
  }

  /** With a proof of the key that the token is bound to; once more when the provider wants its nonce in it (RFC 9449 §9). */
  private async sendProven(accessToken: string, call: ApiCall): Promise<Response> {
    const { provider } = this;
    const openid = await loadOpenId();
    // A configuration of its own: no other request gets the hook, nor the signal.
    const configuration = new openid.Configuration({ issuer: call.url.origin }, provider.settings.clientId);
    openid.allowInsecureRequests(configuration);
    configuration[openid.customFetch] = (url, init) =>
      this.send(new Request(url, { ...(init as RequestInit), signal: call.signal }));
    try {
      const { url, method, body } = call;
      const headers = new Headers(call.headers);
      const options = { DPoP: await provider.dpop() };
      return await openid.fetchProtectedResource(configuration, accessToken, url, method, body, headers, options);
    } catch (error) {
      const { response } = error as { response?: unknown };
      if (response instanceof Response) return response;
      // As fetch does when whoever calls has ended it.
      call.signal?.throwIfAborted();
      throw toClientError(provider.name, error);
    }
  }

  private async send(request: Request): Promise<Response> {
    const { compliance } = this.provider.settings;
    return this.provider.fetch((await compliance.protectedRequest?.(request)) ?? request);
  }
}
