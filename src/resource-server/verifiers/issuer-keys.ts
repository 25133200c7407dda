// The public keys of an issuer: given, or at its jwks_uri.
// @see RFC 7517 §5 https://www.rfc-editor.org/rfc/rfc7517#section-5
import type { KeyObject } from 'node:crypto';
import { JwkSet } from '../../common/jwk-set.js';
import { type DocumentTimes, type FreshDocument, IssuerDocumentCache } from './issuer-document-cache.js';
import { IssuerRequestError, requestJson } from './issuer-requests.js';

/** Which key a JWT asks for. */
export interface KeyQuery {
  alg: string;
  kid?: string;
}

export interface IssuerKeys {
  /** Changes whenever keys may have come or gone. */
  readonly generation: unknown;
  /**
   * @returns undefined when the issuer has no such key
   * @throws TokenVerificationUnavailableError when that cannot be told at this moment
   */
  find(query: KeyQuery): Promise<KeyObject | undefined>;
}

/** Keys that the options hold. */
export class GivenKeys implements IssuerKeys {
  readonly generation: unknown;

  constructor(private readonly keys: JwkSet) {
    this.generation = keys;
  }

  find(query: KeyQuery): Promise<KeyObject | undefined> {
    return Promise.resolve(this.keys.findVerificationKey(query));
  }
}

/** Keys that the issuer publishes. */
export class PublishedKeys implements IssuerKeys {
  private readonly cache: IssuerDocumentCache<JwkSet>;

  /** @param jwksUri where they are; @param timeout milliseconds of a request */
  constructor(
    private readonly jwksUri: () => Promise<string>,
    private readonly timeout: number,
    times: DocumentTimes,
  ) {
    this.cache = new IssuerDocumentCache(() => this.read(), times);
  }

  /** Undefined when the keys have to be asked for first. */
  get generation(): unknown {
    return this.cache.present;
  }

  async find(query: KeyQuery): Promise<KeyObject | undefined> {
    const found = (await this.cache.get()).findVerificationKey(query);
    // The issuer may have a new key since.
    return found ?? (await this.cache.getNewer())?.findVerificationKey(query);
  }

  private async read(): Promise<FreshDocument<JwkSet>> {
    const url = await this.jwksUri();
    const accept = 'application/jwk-set+json, application/json';
    const { json, cacheControl } = await requestJson(url, { headers: { accept } }, this.timeout);
    const value = JwkSet.from(json);
    if (!value) throw new IssuerRequestError(`${url} answered no JWK Set`);
    return { value, cacheControl };
  }
}
