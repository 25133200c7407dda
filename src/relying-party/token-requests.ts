// Requests at the token endpoint, and what it answers as a token under one set of names.
// @see RFC 6749 §5 https://www.rfc-editor.org/rfc/rfc6749#section-5
import type { Configuration, DPoPOptions, TokenEndpointResponse } from 'openid-client';
import { refusalOf, toClientError } from './client-errors.js';
import type { OAuthToken } from './oauth-token.js';
import { loadOpenId, type OpenId } from './openid.js';
import type { ConfigurationOptions, Provider } from './provider.js';

/** What is different in one request. */
export interface TokenRequestOptions extends Pick<ConfigurationOptions, 'tokenEndpoint' | 'prepare'> {
  /** Compliance hooks. */
  request?: (request: Request) => Request | Promise<Request>;
  response?: (response: Response) => Response | Promise<Response>;
}

/** Calls one of the functions of openid-client. */
export type SendTokenRequest = (
  openid: OpenId,
  configuration: Configuration,
  options: DPoPOptions,
) => Promise<TokenEndpointResponse>;

export class TokenRequests {
  constructor(private readonly provider: Provider) {}

  /**
   * One request at the token endpoint. An ID token of the answer has still to be verified.
   * @throws OAuthClientError with the code of the provider, or `provider_unavailable`, `invalid_response`
   * @example await requests.run((openid, configuration, options) => openid.refreshTokenGrant(configuration, token, {}, options));
   */
  async run(send: SendTokenRequest, { request, response, ...rest }: TokenRequestOptions = {}): Promise<OAuthToken> {
    const { provider } = this;
    // openid-client looks at ID tokens in its own way: it is not shown them.
    let idToken: unknown;
    const answered = async (raw: Response): Promise<Response> => {
      const read = await this.read(response ? await response(raw) : raw);
      ({ idToken } = read);
      return read.response;
    };
    try {
      const openid = await loadOpenId();
      const configuration = await provider.configuration({
        ...rest,
        fetch: (fetch) => async (input, init) => {
          const sent = request
            ? await fetch(await request(new Request(input, init as RequestInit)))
            : await fetch(input, init);
          return answered(sent);
        },
      });
      const DPoP = await provider.dpop();
      const token: OAuthToken = { ...(await send(openid, configuration, { DPoP })) };
      // RFC 9449 §5: whoever steals it could use it.
      if (DPoP && token.token_type !== 'dpop')
        throw provider.error('unsupported', 'The provider does not bind its tokens by DPoP.');
      if (typeof idToken === 'string' && idToken !== '') token.id_token = idToken;
      if (token.expires_in !== undefined) token.expires_at = Math.floor(Date.now() / 1000) + token.expires_in;
      return token;
    } catch (error) {
      throw toClientError(provider.name, error);
    }
  }

  /** As RFC 6749 has it, where it can be told what was meant: a form, an error with status 200, no type. */
  private async read(raw: Response): Promise<{ response: Response; idToken: unknown }> {
    const { provider } = this;
    const { status } = raw;
    const unavailable = `The token endpoint answers with status ${status}, or nothing that can be read.`;
    if (status >= 500) throw provider.error('provider_unavailable', unavailable, { status });
    const answer = parse(await raw.text(), raw.headers.get('content-type') ?? '');
    if (!answer) throw provider.error('provider_unavailable', unavailable, { status });
    // What a validated ID token says has a place of its own in the token: no answer takes it.
    const { id_token: idToken, userinfo: _userinfo, expires_at: end, ...rest } = answer;
    if (typeof end === 'number' && Number.isFinite(end)) rest.expires_at = end;
    const refused = typeof rest.error === 'string' && rest.access_token === undefined;
    // Facebook has an object in the place of the code.
    if (typeof rest.error === 'object' && rest.access_token === undefined) {
      const { message } = rest.error as { message?: unknown };
      throw refusalOf(provider.name, { error: 'invalid_request', error_description: message }, status);
    }
    // With this one openid-client tries once more, with the nonce of the header.
    if (refused && rest.error !== 'use_dpop_nonce')
      throw refusalOf(provider.name, { ...rest, error: rest.error }, status);
    rest.token_type ??= 'bearer';
    const headers = new Headers({ 'content-type': 'application/json' });
    const nonce = raw.headers.get('dpop-nonce');
    if (nonce) headers.set('dpop-nonce', nonce);
    return { response: new Response(JSON.stringify(rest), { status, headers }), idToken };
  }
}

/** JSON, or the form that old providers send; undefined when it is neither. */
function parse(text: string, type: string): Record<string, unknown> | undefined {
  const isForm = /^(application\/x-www-form-urlencoded|text\/plain)\b/i.test(type) && !text.trimStart().startsWith('{');
  try {
    const parsed: unknown = isForm ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    return Object.fromEntries(Object.entries(parsed).filter(([name, value]) => name !== '__proto__' && value !== null));
  } catch {
    return undefined;
  }
}
