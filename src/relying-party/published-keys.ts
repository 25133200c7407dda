// The keys of a provider, and the signatures that are made with them: every JWT of a provider is verified here.
// @see RFC 7515, RFC 8725 §3.1, OIDC Core §10.1.1 https://openid.net/specs/openid-connect-core-1_0.html#RotateSigKeys
import type { KeyObject } from 'node:crypto';
import { compactVerify, decodeProtectedHeader } from 'jose';
import { isMacAlgorithm, isSignatureAlgorithm, sameAlgorithm, VERIFICATION_ALGORITHMS } from '../common/algorithms.js';
import { JwkSet } from '../common/jwk-set.js';
import { OAuthClientError } from './oauth-client-error.js';
import type { Provider } from './provider.js';

/** Milliseconds that keys are taken to be the provider's. */
const LIFETIME = 600_000;
/** Milliseconds between two requests for keys because one was not known. */
const UNKNOWN_KEY_INTERVAL = 60_000;
const DEFAULT_ALGORITHMS = ['RS256', 'ES256'];

interface KnownKeys {
  uri: string;
  set: JwkSet;
  loaded: number;
}

export interface SignedJwt {
  header: { alg: string; kid?: string; typ?: string };
  claims: Record<string, unknown>;
}

export class PublishedKeys {
  private known: KnownKeys | undefined;
  private loading: Promise<KnownKeys> | undefined;
  private readonly ofOptions = new WeakMap<object, JwkSet | undefined>();
  private forced = -Infinity;

  constructor(private readonly provider: Provider) {}

  /** Those that ID tokens and logout tokens may be signed with: never `none`, nor a secret but where the options say so. */
  async idTokenAlgorithms(): Promise<readonly string[]> {
    const { idTokenSigningAlgs } = this.provider.settings;
    if (idTokenSigningAlgs?.length)
      return idTokenSigningAlgs.filter((alg) => VERIFICATION_ALGORITHMS.includes(alg) || isMacAlgorithm(alg));
    return asymmetric((await this.provider.metadata()).id_token_signing_alg_values_supported);
  }

  /**
   * Verifies the signature of a JWT; what it claims is still to be looked at.
   * @param algorithms that it may be signed with
   * @throws OAuthClientError `invalid_response`, or `provider_unavailable` without keys
   */
  async verify(jwt: string, algorithms: readonly string[]): Promise<SignedJwt> {
    const refuse = (why: string): OAuthClientError => this.provider.error('invalid_response', why);
    let header: SignedJwt['header'];
    try {
      header = decodeProtectedHeader(jwt) as SignedJwt['header'];
    } catch {
      throw refuse('What should be a JWT is none.');
    }
    if (typeof header.alg !== 'string' || !algorithms.some((one) => sameAlgorithm(one, header.alg)))
      throw refuse('The JWT is signed with an algorithm that is not allowed.');
    const key = isMacAlgorithm(header.alg) ? this.secretKey() : await this.find(header);
    if (!key) throw refuse('The JWT is signed with a key that the provider does not publish.');
    try {
      const { payload } = await compactVerify(jwt, key, { algorithms: [header.alg] });
      const text = new TextDecoder('utf-8', { fatal: true }).decode(payload);
      // Whoever copied such a member would change the prototype of the copy.
      const claims: unknown = JSON.parse(text, (name, value: unknown) => (name === '__proto__' ? undefined : value));
      if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) throw new Error('no claims');
      return { header, claims: claims as Record<string, unknown> };
    } catch {
      throw refuse('The signature of the JWT is wrong, or it holds no claims.');
    }
  }

  private secretKey(): Uint8Array | undefined {
    const { clientSecret } = this.provider.settings;
    return clientSecret ? new TextEncoder().encode(clientSecret) : undefined;
  }

  private async find(header: { alg: string; kid?: string }): Promise<KeyObject | undefined> {
    const { jwks, jwks_uri: uri } = await this.provider.metadata();
    if (jwks) return this.given(jwks)?.findVerificationKey(header);
    if (typeof uri !== 'string')
      throw this.provider.error('unsupported', 'The provider has neither jwks_uri nor jwks.');
    const usable = this.known?.uri === uri && Date.now() - this.known.loaded < LIFETIME;
    const found = (usable ? this.known : await this.load(uri))?.set.findVerificationKey(header);
    if (found || !usable || Date.now() - this.forced < UNKNOWN_KEY_INTERVAL) return found;
    this.forced = Date.now();
    return (await this.load(uri)).set.findVerificationKey(header);
  }

  /** The keys of the options, imported once. */
  private given(jwks: object): JwkSet | undefined {
    if (!this.ofOptions.has(jwks)) this.ofOptions.set(jwks, JwkSet.from(jwks));
    return this.ofOptions.get(jwks);
  }

  /** One request, however many wait. */
  private load(uri: string): Promise<KnownKeys> {
    this.loading ??= this.request(uri).finally(() => (this.loading = undefined));
    return this.loading;
  }

  private async request(uri: string): Promise<KnownKeys> {
    const set = JwkSet.from(await this.provider.fetchJson(uri, 'application/jwk-set+json, application/json'));
    if (!set) throw this.provider.error('invalid_response', 'What the provider publishes as its keys is no JWK Set.');
    return (this.known = { uri, set, loaded: Date.now() });
  }
}

/** @param supported of metadata: what is not understood, or is not asymmetric, does not count */
export function asymmetric(supported: unknown): readonly string[] {
  if (!Array.isArray(supported)) return DEFAULT_ALGORITHMS;
  return (supported as unknown[]).filter(
    (alg): alg is string =>
      typeof alg === 'string' && isSignatureAlgorithm(alg) && VERIFICATION_ALGORITHMS.includes(alg),
  );
}
