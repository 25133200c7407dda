// A remote provider: what it says of itself, the requests that go to it, and who we are there.
import type { ClientAuth, Configuration, DPoPHandle, ServerMetadata } from 'openid-client';
import { type CryptoKey, exportJWK, importJWK, type JWK } from 'jose';
import { clientAuthentication } from './client-authentication.js';
import type { ProviderMetadata } from './oauth-client.options.js';
import { OAuthClientError, type OAuthClientFailure } from './oauth-client-error.js';
import { loadOpenId, type OpenId } from './openid.js';
import { privateKeyOf } from './private-key.js';
import { PublishedKeys } from './published-keys.js';
import { loadMetadata } from './provider-metadata.js';
import { type ProviderFetch, ProviderRequests } from './provider-requests.js';
import type { ProviderSettings } from './provider-settings.js';

/** Milliseconds that metadata is taken to be the provider's. */
const LIFETIME = 600_000;
/** Milliseconds until a provider that could not be asked again is asked once more; what is known stays good meanwhile. */
const RETRY = 30_000;

/** A configuration for one request. */
export interface ConfigurationOptions {
  /** In place of that of the metadata. */
  tokenEndpoint?: string;
  /** Changes what is about to be sent, before it is authenticated. */
  prepare?: (body: URLSearchParams) => void;
  /** Around the requests. */
  fetch?: (send: ProviderFetch) => ProviderFetch;
}

interface Loaded {
  metadata: Readonly<ProviderMetadata>;
  until: number;
}

/**
 * A remote provider. Nothing is requested before it is needed.
 *
 * @example
 * const provider = new Provider(settingsOf('corp', { clientId: 'app', serverMetadataUrl: 'https://id.corp.example' }));
 * const { userinfo_endpoint } = await provider.metadata();
 */
export class Provider {
  readonly requests: ProviderRequests;
  readonly keys: PublishedKeys;
  private loaded: Loaded | undefined;
  private loading: Promise<Loaded> | undefined;
  private shared: { metadata: object; configuration: Promise<Configuration> } | undefined;
  private dpopHandle: Promise<DPoPHandle> | undefined;

  constructor(readonly settings: ProviderSettings) {
    const { name, timeout, userAgent, insecureHosts, metadata } = settings;
    const { serverMetadataUrl, requestTokenUrl, authorizeUrl, accessTokenUrl, refreshTokenUrl, apiBaseUrl } = settings;
    const urls = [serverMetadataUrl, requestTokenUrl, authorizeUrl, accessTokenUrl, refreshTokenUrl, apiBaseUrl];
    const configured = [...urls, ...Object.values(metadata)].filter((url) => typeof url === 'string');
    this.requests = new ProviderRequests(name, { timeout, userAgent, configured, insecureHosts });
    this.keys = new PublishedKeys(this);
  }

  /** Under which it is registered. */
  get name(): string {
    return this.settings.name;
  }

  /** Requests to the provider: see {@link ProviderRequests.fetch}. */
  get fetch(): ProviderFetch {
    return this.requests.fetch;
  }

  error(
    code: OAuthClientFailure | (string & {}),
    description: string,
    options?: { cause?: unknown; uri?: string; status?: number },
  ): OAuthClientError {
    return new OAuthClientError(this.name, code, description, options);
  }

  /**
   * What the provider says of itself, the options over it: kept for ten minutes, failures not at all.
   * @throws OAuthClientError
   */
  async metadata(): Promise<Readonly<ProviderMetadata>> {
    if (this.loaded && Date.now() < this.loaded.until) return this.loaded.metadata;
    this.loading ??= this.load().finally(() => (this.loading = undefined));
    return (await this.loading).metadata;
  }

  /**
   * For the functions of openid-client.
   * @param options a configuration of its own, for one request
   */
  async configuration(options?: ConfigurationOptions): Promise<Configuration> {
    const metadata = await this.metadata();
    if (options) return this.configure(metadata, options);
    if (this.shared?.metadata !== metadata) {
      const configuration = this.configure(metadata, {});
      this.shared = { metadata, configuration };
      configuration.catch(() => (this.shared = undefined));
    }
    return this.shared.configuration;
  }

  /** Proves possession of the key that tokens are bound to (RFC 9449); undefined without `dpop`. */
  async dpop(): Promise<DPoPHandle | undefined> {
    const { dpop } = this.settings;
    if (!dpop) return undefined;
    const handle = (this.dpopHandle ??= this.makeDpop(dpop));
    handle.catch(() => (this.dpopHandle = undefined));
    return handle;
  }

  /**
   * A JSON object.
   * @param missing statuses with which there is none
   * @throws OAuthClientError
   */
  async fetchJson(url: string, accept?: string, missing?: undefined): Promise<object>;
  async fetchJson(url: string, accept: string | undefined, missing: readonly number[]): Promise<object | undefined>;
  async fetchJson(
    url: string,
    accept = 'application/json',
    missing: readonly number[] = [],
  ): Promise<object | undefined> {
    const response = await this.fetch(url, { headers: { accept } });
    const { status } = response;
    if (missing.includes(status)) return undefined;
    const unavailable = `${new URL(url).origin} answers with status ${status}, or nothing that can be read.`;
    if (status !== 200) throw this.error('provider_unavailable', unavailable, { status });
    const json: unknown = await response.json().catch(() => undefined);
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw this.error('provider_unavailable', unavailable, { status });
    return json;
  }

  private async load(): Promise<Loaded> {
    try {
      this.loaded = { metadata: await loadMetadata(this), until: Date.now() + LIFETIME };
    } catch (error) {
      const passing = error instanceof OAuthClientError && error.code === 'provider_unavailable';
      if (!this.loaded || !passing) throw error;
      this.loaded = { ...this.loaded, until: Date.now() + RETRY };
    }
    return this.loaded;
  }

  private async configure(metadata: ProviderMetadata, options: ConfigurationOptions): Promise<Configuration> {
    const openid = await loadOpenId();
    const { clientId } = this.settings;
    const authenticate = await clientAuthentication(openid, this.settings, metadata);
    const { tokenEndpoint = metadata.token_endpoint, prepare } = options;
    // openid-client wants an issuer; one that is made up is compared with nothing.
    const issuer = metadata.issuer ?? new URL(String(tokenEndpoint ?? metadata.authorization_endpoint)).origin;
    const server = {
      ...metadata,
      issuer,
      token_endpoint: tokenEndpoint,
      // Whose the answer is, AuthorizationFlow has looked at.
      authorization_response_iss_parameter_supported: undefined,
    } as ServerMetadata;
    const authentication: ClientAuth = (as, client, body, headers) => {
      prepare?.(body);
      return authenticate(as, client, body, headers);
    };
    const configuration = new openid.Configuration(server, clientId, undefined, authentication);
    // Which URLs may be http, and how long a request may take, is for ProviderRequests to say.
    openid.allowInsecureRequests(configuration);
    configuration.timeout = 0;
    const send = this.withBodyErrors(options.fetch ? options.fetch(this.fetch) : this.fetch);
    configuration[openid.customFetch] = this.withOwnAuthentication(send);
    return configuration;
  }

  /** Where a client authenticates, the body says what is wrong: a challenge beside it would hide that from openid-client. */
  private withBodyErrors(send: ProviderFetch): ProviderFetch {
    return async (input, init) => {
      const response = await send(input, init);
      if (init?.body instanceof URLSearchParams) response.headers.delete('www-authenticate');
      return response;
    };
  }

  /** With an authentication method of one's own. */
  private withOwnAuthentication(send: ProviderFetch): ProviderFetch {
    const { tokenEndpointAuthMethod: method, clientId, clientSecret } = this.settings;
    if (typeof method !== 'function') return send;
    return async (input, init) => {
      if (!(init?.body instanceof URLSearchParams)) return send(input, init);
      const body = new URLSearchParams(init.body);
      const headers = new Headers(init.headers);
      await method({
        url: new URL(input instanceof Request ? input.url : input),
        body,
        headers,
        clientId,
        clientSecret,
      });
      return send(input, { ...init, body, headers });
    };
  }

  private async makeDpop(dpop: true | JWK): Promise<DPoPHandle> {
    const openid: OpenId = await loadOpenId();
    const configuration = await this.configuration();
    if (dpop === true) return openid.getDPoPHandle(configuration, await openid.randomDPoPKeyPair());
    const { key: privateKey, alg } = await privateKeyOf(dpop);
    const { d: _, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, key_ops: _ops, ...jwk } = await exportJWK(privateKey);
    const publicKey = (await importJWK({ ...jwk, ext: true }, alg)) as CryptoKey;
    return openid.getDPoPHandle(configuration, { privateKey, publicKey });
  }
}
