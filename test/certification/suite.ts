// The certification suite's side: registers its clients, sends people to the provider, checks what comes back. The
// modules in this folder are those of the OpenID Foundation's plans, under their names, in our own words.
// @see https://openid.net/certification/conformance-testing-for-openid-connect-providers/
import { bootstrap } from '../support/fixtures.js';
import { authorize, type AuthorizationResult, redeem, signUp, type TokenResponse } from '../support/flow.js';
import type { CookieJar, ParameterMap } from '../support/http.js';
import { type IdToken, verifyIdToken } from '../support/openid.js';
import { type RunningServer, startServer, type StartOptions } from '../support/server.js';

export interface SuiteClient {
  client_id: string;
  client_secret: string;
  redirect_uris: string[];
  registration_access_token: string;
  registration_client_uri: string;
  token_endpoint_auth_method: string;
  [member: string]: unknown;
}

export const REDIRECT_URI = 'https://suite.example/test/a/callback';
export const ALL_SCOPES = 'openid profile email address phone';

/** The settings under which the plans run: the suite's clients send neither PKCE nor always the issuer. */
const SETTINGS = { REGISTRATION: 'open', PKCE_REQUIRED: 'public', ASSERTION_AUDIENCE: 'endpoints' };

/** @param extra environment and options beside those */
export function startProvider(extra: Pick<StartOptions, 'env' | 'options'> = {}): Promise<RunningServer> {
  return startServer({ ...extra, env: { ...SETTINGS, ...extra.env }, bootstrap: bootstrap() });
}

/** Which response types and modes a plan is run with. */
export interface Variant {
  responseType: string;
  responseMode?: 'form_post';
}

export class Suite {
  constructor(
    readonly provider: RunningServer,
    readonly variant: Variant = { responseType: 'code' },
  ) {}

  get parts(): string[] {
    return this.variant.responseType.split(' ');
  }

  /** Does the ID token come from the authorization endpoint? */
  get inFrontChannel(): boolean {
    return this.parts.includes('id_token');
  }

  /** Registers a client dynamically, as the suite does: no scope, no PKCE. */
  async register(metadata: object = {}): Promise<SuiteClient> {
    const response = await this.postRegistration(metadata);
    const body = (await response.json()) as SuiteClient;
    if (response.status !== 201) throw new Error(`Registration: ${response.status} ${JSON.stringify(body)}`);
    return body;
  }

  postRegistration(metadata: object = {}): Promise<Response> {
    const { responseType } = this.variant;
    const grantTypes = [
      ...(this.parts.includes('code') ? ['authorization_code', 'refresh_token'] : []),
      ...(responseType === 'code' ? [] : ['implicit']),
    ];
    const defaults = {
      client_name: 'conformance suite',
      contacts: ['certification@suite.example'],
      redirect_uris: [REDIRECT_URI],
      grant_types: grantTypes,
      response_types: [responseType],
    };
    return fetch(`${this.provider.url}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...defaults, ...metadata }),
    });
  }

  /** A person who has never been here. */
  async person(): Promise<{ username: string; password: string; jar: CookieJar }> {
    return signUp(this.provider);
  }

  /** Sends the person to the provider; sign-in and consent are answered on the way. */
  async authorize(
    client: SuiteClient,
    person: { username: string; password: string; jar: CookieJar },
    params: ParameterMap = {},
  ): Promise<AuthorizationResult> {
    const { responseType, responseMode } = this.variant;
    const request = {
      client_id: client.client_id,
      redirect_uri: client.redirect_uris[0],
      response_type: responseType,
      response_mode: responseMode,
      scope: 'openid',
      nonce: 'a-nonce-of-the-suite',
      code_challenge: undefined,
      code_challenge_method: undefined,
      ...params,
    };
    return authorize(this.provider, request, { jar: person.jar, user: person });
  }

  redeem(client: SuiteClient, { code }: AuthorizationResult, extra: ParameterMap = {}): Promise<TokenResponse> {
    return redeem(this.provider, client, { code, redirectUri: client.redirect_uris[0] }, extra);
  }

  /** The tokens of a response, whichever endpoint they come from, with the ID token verified. */
  async complete(
    client: SuiteClient,
    flow: AuthorizationResult,
  ): Promise<{ idToken: IdToken; accessToken?: string; tokens?: TokenResponse }> {
    if (flow.params.error) throw new Error(`${flow.params.error}: ${flow.params.error_description}`);
    const tokens = this.parts.includes('code') ? await this.redeem(client, flow) : undefined;
    const text = flow.params.id_token ?? tokens?.id_token;
    const idToken = await verifyIdToken(this.provider, client.client_id, text);
    return { idToken, accessToken: tokens?.access_token ?? flow.params.access_token, tokens };
  }

  /** The whole flow of a new person. */
  async run(client: SuiteClient, params: ParameterMap = {}): ReturnType<Suite['complete']> {
    return this.complete(client, await this.authorize(client, await this.person(), params));
  }
}
