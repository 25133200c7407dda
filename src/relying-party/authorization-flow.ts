// The authorization code flow from the client's side: where to send the browser, and what its answer is worth.
// @see RFC 6749 §4.1, RFC 7636, RFC 9207, OIDC Core §3.1, §3.3 https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth
import type { Configuration } from 'openid-client';
import { seeOther, sendResponse } from '../common/http.js';
import { parseUrl } from '../common/url.js';
import { callbackParameters } from './callback-parameters.js';
import { rememberCarried } from './carried.js';
import { refusalOf, toClientError } from './client-errors.js';
import { IdTokens } from './id-tokens.js';
import type { AuthorizationUrl, AuthorizeAccessTokenOptions, ClientReply, ClientRequest } from './oauth-client.js';
import type { RequestParams } from './oauth-client.options.js';
import type { OAuthToken, UserInfo } from './oauth-token.js';
import { loadOpenId, type OpenId } from './openid.js';
import { privateKeyOf } from './private-key.js';
import type { Provider } from './provider.js';
import { repeated } from './request-params.js';
import { SignedAnswers } from './signed-answers.js';
import { TokenRequests } from './token-requests.js';
import type { Transactions } from './transactions.js';

/** What belongs to a state. */
interface AuthorizationData {
  redirectUri: string;
  /** An ID token is expected. */
  openid: boolean;
  nonce?: string;
  codeVerifier?: string;
  maxAge?: number;
  formPost?: boolean;
}

/** Parameters that are made here: whoever calls cannot mean to choose them. */
const OWN = [
  'client_id',
  'redirect_uri',
  'response_type',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'dpop_jkt',
  'request',
  'request_uri',
];

export class AuthorizationFlow {
  private readonly idTokens: IdTokens;
  private readonly requests: TokenRequests;
  private readonly signedAnswers: SignedAnswers;

  constructor(
    private readonly provider: Provider,
    private readonly transactions: Transactions,
  ) {
    this.idTokens = new IdTokens(provider);
    this.requests = new TokenRequests(provider);
    this.signedAnswers = new SignedAnswers(provider);
  }

  /** @throws OAuthClientError `invalid_request` for parameters that are the client's own, or a redirect URI that is none */
  async createUrl(redirectUri: string, params: RequestParams = {}): Promise<AuthorizationUrl> {
    const { provider } = this;
    const { settings } = provider;
    if (!parseUrl(redirectUri) || redirectUri.includes('#'))
      throw provider.error('invalid_request', 'The redirect URI must be absolute and without a fragment.');
    const openid = await loadOpenId();
    const parameters = repeated({ scope: settings.scope, ...settings.authorizeParams, ...params });
    for (const name of OWN)
      if (parameters.has(name)) throw provider.error('invalid_request', `${name} is not for the caller to choose.`);
    const scope = parameters.getAll('scope').join(' ');
    if (scope) parameters.set('scope', scope);
    const state = parameters.get('state') || openid.randomState();
    const data: AuthorizationData = { redirectUri, openid: scope.split(' ').includes('openid') };
    parameters.set('state', state);
    parameters.set('redirect_uri', redirectUri);
    parameters.set('response_type', settings.responseType);
    // The one that a code comes with unasked.
    if (settings.responseMode !== 'query') parameters.set('response_mode', settings.responseMode);
    data.formPost = /^form_post/.test(parameters.get('response_mode') ?? '');
    if (data.openid && settings.nonceSupported) {
      data.nonce = openid.randomNonce();
      parameters.set('nonce', data.nonce);
    }
    if (settings.codeChallengeMethod !== false) {
      data.codeVerifier = openid.randomPKCECodeVerifier();
      parameters.set('code_challenge', await openid.calculatePKCECodeChallenge(data.codeVerifier));
      parameters.set('code_challenge_method', 'S256');
    }
    const maxAge = parameters.get('max_age');
    if (maxAge !== null && /^\d{1,9}$/.test(maxAge)) data.maxAge = Number(maxAge);
    try {
      const url = await this.urlWith(openid, parameters);
      return { url: url.href, state, data: { ...data } };
    } catch (error) {
      throw toClientError(provider.name, error);
    }
  }

  async save(reply: ClientReply, { state, data }: AuthorizationUrl): Promise<void> {
    const { redirectUri, formPost } = data as unknown as AuthorizationData;
    const { name: provider } = this.provider;
    await this.transactions.begin(reply, { kind: 'login', provider, state, data, redirectUri, crossSite: formPost });
  }

  async redirect(reply: ClientReply, redirectUri: string, params?: RequestParams): Promise<void> {
    const authorization = await this.createUrl(redirectUri, params);
    await this.save(reply, authorization);
    sendResponse(reply, seeOther(authorization.url));
  }

  /** @throws OAuthClientError for whatever is wrong with the answer: the state is used up then as well */
  async finish(request: ClientRequest, { reply, params }: AuthorizeAccessTokenOptions = {}): Promise<OAuthToken> {
    const { provider } = this;
    const answer = await this.readAnswer(request);
    const state = answer.get('state');
    const found =
      state === undefined
        ? undefined
        : await this.transactions.finish(request, { kind: 'login', provider: provider.name, state, reply });
    if (!found)
      throw provider.error('mismatching_state', 'The answer belongs to no request of this browser that still waits.');
    rememberCarried(request, found);
    const data = found as unknown as AuthorizationData;
    const error = answer.get('error');
    // RFC 9207 §2.4: where an ID token comes along it says the same, and providers leave the parameter out.
    const isSaidByIdToken = this.isHybrid && error === undefined && answer.has('id_token');
    await this.checkIssuer(answer.get('iss'), isSaidByIdToken);
    if (error !== undefined)
      throw refusalOf(provider.name, {
        error,
        error_description: answer.get('error_description'),
        error_uri: answer.get('error_uri'),
      });
    const code = answer.get('code');
    if (code === undefined) throw provider.error('missing_code', 'The answer has no code.');
    const front = await this.frontChannel(answer.get('id_token'), code, data);
    const token = await this.exchange(code, data, params);
    const userinfo = await this.userinfo(token, data, front);
    if (!userinfo) return token;
    return { ...token, userinfo: provider.settings.claimsOf?.(userinfo, answer) ?? userinfo };
  }

  private get isHybrid(): boolean {
    return this.provider.settings.responseType === 'code id_token';
  }

  /** The parameters, out of a JWT where they come in one: then no others count (JARM §2.4). */
  private async readAnswer(request: ClientRequest): Promise<ReadonlyMap<string, string>> {
    const answer = await callbackParameters(this.provider, request);
    if (!this.provider.settings.responseMode.endsWith('.jwt')) return answer;
    const response = answer.get('response');
    if (response === undefined) throw this.provider.error('invalid_response', 'The answer is not signed.');
    return this.signedAnswers.read(response);
  }

  private async urlWith(openid: OpenId, parameters: URLSearchParams): Promise<URL> {
    const { provider } = this;
    const { settings } = provider;
    const metadata = await provider.metadata();
    const configuration = await provider.configuration();
    const DPoP = await provider.dpop();
    if (DPoP) parameters.set('dpop_jkt', await DPoP.calculateThumbprint());
    let sent = parameters;
    if (settings.requestObject ?? metadata.require_signed_request_object === true)
      sent = await this.requestObject(openid, configuration, parameters);
    if (settings.par ?? metadata.require_pushed_authorization_requests === true)
      return openid.buildAuthorizationUrlWithPAR(configuration, sent, { DPoP });
    return openid.buildAuthorizationUrl(configuration, sent);
  }

  /** The parameters as a JWT (RFC 9101); outside of it, what RFC 9101 §5 and OIDC Core §6.1 want to see there too. */
  private async requestObject(
    openid: OpenId,
    configuration: Configuration,
    parameters: URLSearchParams,
  ): Promise<URLSearchParams> {
    const { privateKey, keyId } = this.provider.settings;
    if (!privateKey) throw this.provider.error('unsupported', 'Signed request objects need privateKey.');
    const metadata = await this.provider.metadata();
    const { key, kid, alg } = await privateKeyOf(privateKey, metadata.request_object_signing_alg_values_supported);
    const url = await openid.buildAuthorizationUrlWithJAR(
      configuration,
      parameters,
      { key, kid: keyId ?? kid },
      {
        [openid.modifyAssertion]: (header, payload) => {
          header.alg = alg;
          for (const name of new Set(parameters.keys())) {
            const values = parameters.getAll(name);
            if (values.length > 1) payload[name] = values;
          }
        },
      },
    );
    const sent = new URLSearchParams({ request: url.searchParams.get('request') ?? '' });
    for (const name of ['response_type', 'scope']) {
      const value = parameters.get(name);
      if (value !== null) sent.set(name, value);
    }
    return sent;
  }

  /** RFC 9207 §2.4: whose answer is this? */
  private async checkIssuer(iss: string | undefined, isSaidElsewhere: boolean): Promise<void> {
    const { provider } = this;
    const { issuer, authorization_response_iss_parameter_supported: announced } = await provider.metadata();
    if (iss === undefined && (announced !== true || isSaidElsewhere)) return;
    // With a template the ID token decides; without an issuer there is nothing to compare.
    if (iss !== undefined && (issuer === undefined || provider.settings.issuerOf)) return;
    if (iss !== issuer)
      throw provider.error('mismatching_issuer', 'The answer is of another issuer than the one that was asked.');
  }

  /** Of the hybrid flow. */
  private async frontChannel(
    idToken: string | undefined,
    code: string,
    { nonce, maxAge }: AuthorizationData,
  ): Promise<UserInfo | undefined> {
    if (!this.isHybrid) return undefined;
    if (idToken === undefined) throw this.provider.error('invalid_response', 'The answer has no ID token.');
    return this.idTokens.verify(idToken, { nonce, maxAge, code });
  }

  private exchange(code: string, data: AuthorizationData, params?: RequestParams): Promise<OAuthToken> {
    const { accessTokenParams, compliance } = this.provider.settings;
    const { redirectUri, codeVerifier } = data;
    const additional = repeated({ ...accessTokenParams, ...params });
    // The answer was checked already; openid-client is given what counts of it.
    const current = new URL(redirectUri);
    current.search = new URLSearchParams({ code }).toString();
    return this.requests.run(
      (openid, configuration, options) =>
        openid.authorizationCodeGrant(configuration, current, { pkceCodeVerifier: codeVerifier }, additional, options),
      {
        // It cuts the query off, which is part of a redirect URI (RFC 6749 §4.1.3).
        prepare: (body) => body.set('redirect_uri', redirectUri),
        response: compliance.accessTokenResponse,
      },
    );
  }

  private async userinfo(
    { id_token: idToken, access_token: accessToken }: OAuthToken,
    { openid, nonce, maxAge }: AuthorizationData,
    front: UserInfo | undefined,
  ): Promise<UserInfo | undefined> {
    if (!openid) return undefined;
    if (idToken === undefined) {
      if (front) return front;
      throw this.provider.error('invalid_response', 'The answer of the token endpoint has no ID token.');
    }
    const claims = await this.idTokens.verify(idToken, { nonce, maxAge, accessToken });
    // OIDC Core §3.3.3.6
    if (front && (front.iss !== claims.iss || front.sub !== claims.sub))
      throw this.provider.error('invalid_response', 'The two ID tokens are about different users.');
    return claims;
  }
}
