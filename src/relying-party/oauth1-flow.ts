// The three steps of OAuth 1.0a: temporary credentials, the user at the provider, token credentials.
// @see RFC 5849 §2 https://www.rfc-editor.org/rfc/rfc5849#section-2
import { seeOther, sendResponse } from '../common/http.js';
import { callbackParameters } from './callback-parameters.js';
import { rememberCarried } from './carried.js';
import type { AuthorizationUrl, AuthorizeAccessTokenOptions, ClientReply, ClientRequest } from './oauth-client.js';
import type { RequestParams } from './oauth-client.options.js';
import type { OAuthClientError } from './oauth-client-error.js';
import type { OAuthToken } from './oauth-token.js';
import {
  authorizationHeader,
  type SignedParameters,
  signedParameters,
  type SigningCredentials,
} from './oauth1-signature.js';
import type { Provider } from './provider.js';
import { repeated } from './request-params.js';
import type { Transactions } from './transactions.js';

const FORM = 'application/x-www-form-urlencoded';
/** A problem that a provider names (OAuth Problem Reporting): a word. */
const PROBLEM = /^[a-z_]{1,64}$/;

/** What belongs to temporary credentials. */
interface Temporary {
  redirectUri: string;
  secret: string;
}

/** An answer of one of the endpoints. */
interface Credentials {
  key: string;
  secret: string;
  /** All that was answered. */
  members: ReadonlyMap<string, string>;
}

export class OAuth1Flow {
  constructor(
    private readonly provider: Provider,
    private readonly transactions: Transactions,
  ) {}

  /** Asks for temporary credentials (§2.1); their name is the state. */
  async createUrl(redirectUri: string, params: RequestParams = {}): Promise<AuthorizationUrl> {
    const {
      requestTokenUrl = '',
      requestTokenParams = {},
      authorizeUrl = '',
      authorizeParams,
    } = this.provider.settings;
    const { key, secret, members } = await this.request(requestTokenUrl, requestTokenParams, undefined, [
      ['oauth_callback', redirectUri],
    ]);
    if (members.get('oauth_callback_confirmed') !== 'true')
      throw this.invalid('The provider does not confirm the callback, as OAuth 1.0a demands.');
    const sent = repeated({ ...authorizeParams, ...params });
    if (sent.has('oauth_token'))
      throw this.provider.error('invalid_request', 'oauth_token is not for the caller to choose.');
    sent.set('oauth_token', key);
    const data: Temporary = { redirectUri, secret };
    const url = new URL(authorizeUrl);
    for (const [name, value] of sent) url.searchParams.append(name, value);
    return { url: url.href, state: key, data: { ...data } };
  }

  async save(reply: ClientReply, { state, data }: AuthorizationUrl): Promise<void> {
    const { redirectUri } = data as unknown as Temporary;
    await this.transactions.begin(reply, { kind: 'login', provider: this.provider.name, state, data, redirectUri });
  }

  async redirect(reply: ClientReply, redirectUri: string, params?: RequestParams): Promise<void> {
    const authorization = await this.createUrl(redirectUri, params);
    await this.save(reply, authorization);
    sendResponse(reply, seeOther(authorization.url));
  }

  /** Reads the answer (§2.2) and asks for token credentials (§2.3). */
  async finish(request: ClientRequest, { reply, params }: AuthorizeAccessTokenOptions = {}): Promise<OAuthToken> {
    const { provider } = this;
    const answer = await callbackParameters(provider, request);
    // X says `denied` in place of `oauth_token` when the user refused.
    const denied = answer.get('denied');
    const state = answer.get('oauth_token') ?? denied;
    if (state === undefined) throw provider.error('mismatching_state', 'The answer has no oauth_token.');
    const name = provider.name;
    const found = await this.transactions.finish(request, { kind: 'login', provider: name, state, reply });
    if (!found)
      throw provider.error('mismatching_state', 'The answer belongs to no request of this browser that still waits.');
    rememberCarried(request, found);
    const problem = answer.get('oauth_problem');
    if (denied !== undefined || problem !== undefined)
      throw provider.error('access_denied', problem !== undefined && PROBLEM.test(problem) ? problem : '');
    const verifier = answer.get('oauth_verifier');
    if (verifier === undefined) throw provider.error('missing_code', 'The answer has no oauth_verifier.');
    const { secret } = found as unknown as Temporary;
    const { accessTokenUrl = '', accessTokenParams } = provider.settings;
    const sent = { ...accessTokenParams, ...params };
    const { members } = await this.request(accessTokenUrl, sent, { key: state, secret }, [
      ['oauth_verifier', verifier],
    ]);
    // It would be read as what an ID token says.
    const { userinfo: _userinfo, ...token } = Object.fromEntries(members);
    return token;
  }

  private async request(
    endpoint: string,
    params: RequestParams,
    token: SigningCredentials['token'],
    extra: SignedParameters,
  ): Promise<Credentials> {
    const { provider } = this;
    const url = new URL(endpoint);
    const form = [...repeated(params)];
    const signed = signedParameters({ method: 'POST', url, form }, credentialsOf(provider, token), extra);
    const headers = { authorization: authorizationHeader(signed), accept: FORM, 'content-type': FORM };
    const sent = await provider.fetch(url, { method: 'POST', headers, body: new URLSearchParams(form).toString() });
    const response = (await provider.settings.compliance?.accessTokenResponse?.(sent)) ?? sent;
    const members = membersOf(await response.text());
    if (!response.ok) throw this.refusal(response.status, members?.get('oauth_problem'));
    const key = members?.get('oauth_token');
    const secret = members?.get('oauth_token_secret');
    if (!members || key === undefined || secret === undefined)
      throw this.invalid('The answer holds no credentials, or one of its members twice.');
    return { key, secret, members };
  }

  private refusal(status: number, problem: string | undefined): OAuthClientError {
    if (status >= 500) return this.provider.error('provider_unavailable', 'The provider has failed.', { status });
    const code =
      problem !== undefined && PROBLEM.test(problem) ? problem : status === 401 ? 'unauthorized' : 'invalid_request';
    return this.provider.error(code, `The provider refuses the request with status ${status}.`, { status });
  }

  private invalid(description: string): OAuthClientError {
    return this.provider.error('invalid_response', description);
  }
}

/** What signs the requests to a provider. */
export function credentialsOf({ settings }: Provider, token: SigningCredentials['token']): SigningCredentials {
  const { clientId, clientSecret, privateKey, signatureMethod = 'HMAC-SHA1' } = settings;
  return { clientId, clientSecret, privateKey, signatureMethod, token };
}

/** Undefined when it is no form, or has a name twice. */
function membersOf(body: string): ReadonlyMap<string, string> | undefined {
  const members = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (members.has(name)) return undefined;
    members.set(name, value);
  }
  return members;
}
