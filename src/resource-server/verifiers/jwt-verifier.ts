// Verifies JWT access tokens here, with the issuer's published keys.
// @see RFC 9068 §4 https://www.rfc-editor.org/rfc/rfc9068#section-4
import { hash } from 'node:crypto';
import { accessTokenOf, isNumericDate, textsOf, type VerifiedClaims } from '../access-token.js';
import type { AccessToken, MaybePromise } from '../token-verifier.js';
import { jsonOf, type UnverifiedJwt } from './compact-jwt.js';
import type { IssuerKeys } from './issuer-keys.js';
import { type SignatureCheck, signatureCheck } from './jwt-signature.js';

export interface JwtVerifierSettings {
  issuer: string;
  audiences: readonly string[];
  algorithms: readonly string[];
  /** Seconds by which clocks may differ. */
  clockTolerance: number;
  /** Tokens whose signature is known to be good, at a time. */
  maxEntries: number;
}

/** RFC 9068 §2.1: with or without the `application/` of a media type, which knows no case. */
const TYPE = /^(?:application\/)?at\+jwt$/i;
/** Issuers have few keys, and write one header for each. */
const MAX_HEADERS = 100;

export class JwtVerifier {
  /** Headers that were good with the keys of this generation, as they are written. */
  private readonly checks = new Map<string, SignatureCheck>();
  /** Hashes of whole tokens whose signature was good with the keys of this generation; the oldest goes first. */
  private readonly good = new Set<string>();
  private generation: unknown;

  constructor(
    private readonly settings: JwtVerifierSettings,
    private readonly keys: IssuerKeys,
  ) {}

  /**
   * @returns undefined when it is no valid access token of the issuer for one of the audiences
   * @throws TokenVerificationUnavailableError when the keys cannot be had
   */
  verify(token: string, jwt: UnverifiedJwt): MaybePromise<AccessToken | undefined> {
    const { payload } = jwt;
    if (!this.areAcceptable(payload)) return undefined;
    const check = this.knownCheck(jwt.header);
    if (!check) return this.verifyAtFirst(token, jwt, payload);
    return this.isGood(token, jwt, check) ? accessTokenOf(token, payload) : undefined;
  }

  private isGood(token: string, jwt: UnverifiedJwt, check: SignatureCheck): boolean {
    const { maxEntries } = this.settings;
    if (maxEntries === 0) return check(jwt);
    const key = hash('sha256', token, 'base64url');
    if (this.good.has(key)) return true;
    if (!check(jwt)) return false;
    this.good.add(key);
    if (this.good.size > maxEntries) this.good.delete(this.good.values().next().value as string);
    return true;
  }

  private async verifyAtFirst(
    token: string,
    jwt: UnverifiedJwt,
    claims: VerifiedClaims,
  ): Promise<AccessToken | undefined> {
    const check = await this.findCheck(jwt.header);
    if (!check?.(jwt)) return undefined;
    this.remember(jwt.header, check);
    return accessTokenOf(token, claims);
  }

  /** RFC 9068 §2.2, §4: first what costs nothing. */
  private areAcceptable(claims: Readonly<Record<string, unknown>>): claims is VerifiedClaims {
    const { issuer, audiences, clockTolerance } = this.settings;
    const { iss, sub, aud, exp, iat, nbf, jti, client_id, cnf } = claims;
    const now = Date.now() / 1000;
    return (
      iss === issuer &&
      isText(sub) &&
      isText(client_id) &&
      isText(jti) &&
      isNumericDate(exp) &&
      exp > now - clockTolerance &&
      isNumericDate(iat) &&
      iat <= now + clockTolerance &&
      (nbf === undefined || (isNumericDate(nbf) && nbf <= now + clockTolerance)) &&
      (textsOf(aud)?.some((one) => audiences.includes(one)) ?? false) &&
      // RFC 7800: bound to a key, which a bearer does not prove.
      cnf === undefined
    );
  }

  private knownCheck(header: string): SignatureCheck | undefined {
    const { generation } = this.keys;
    if (generation !== this.generation) {
      this.checks.clear();
      this.good.clear();
      this.generation = generation;
    }
    return generation === undefined ? undefined : this.checks.get(header);
  }

  private remember(header: string, check: SignatureCheck): void {
    if (this.checks.has(header) || this.generation === undefined || this.keys.generation !== this.generation) return;
    if (this.checks.size >= MAX_HEADERS) this.checks.clear();
    this.checks.set(header, check);
  }

  private async findCheck(encoded: string): Promise<SignatureCheck | undefined> {
    const header = jsonOf(encoded);
    if (!header) return undefined;
    const { alg, kid, typ, crit } = header;
    if (typeof alg !== 'string' || !this.settings.algorithms.includes(alg)) return undefined;
    if (typeof typ !== 'string' || !TYPE.test(typ)) return undefined;
    // RFC 7515 §4.1.11: none is understood here.
    if (crit !== undefined || (kid !== undefined && typeof kid !== 'string')) return undefined;
    const key = await this.keys.find({ alg, kid });
    return key && signatureCheck(alg, key);
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
