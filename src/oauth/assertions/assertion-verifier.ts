// Is an assertion what it says? Its signature, for whom and for how long it is, and that it was not taken before: of clients
// that prove who they are, and of who lets them have tokens.
// @see RFC 7521 §5.2, RFC 7523 §3 https://www.rfc-editor.org/rfc/rfc7523#section-3
import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { UsedAssertions } from '../../clients/used-assertions.js';
import type { OAuthRequest } from '../../common/http.js';
import { ServerOptions } from '../../config/options.js';
import { EndpointRegistry } from '../endpoints/endpoint.js';
import type { Assertion } from './assertion.js';
import { nobodysKey } from './nobodys-key.js';

/** Seconds by which clocks may differ. */
const SKEW = 10;
/** Seconds from now to the end of an assertion, at most. */
const MAX_LIFETIME = 3600;

/** What an assertion must be. */
export interface ExpectedAssertion {
  /** What may verify it: one of these. None: it is refused, and takes as long. */
  keys: readonly KeyObject[];
  /** `iss` */
  issuer: string;
  /** `sub`; absent: any. */
  subject?: string;
  /** Addressed to this server alone, or also to endpoints of it. @default the option `assertionAudience` */
  audience?: 'issuer' | 'endpoints';
  /** The request that brought it. */
  request: Pick<OAuthRequest, 'path'>;
}

/** The claims of an assertion that is signed by who it says, and holds. */
export type AssertionClaims = JWTPayload & { iss: string; sub: string; exp: number; jti: string };

/** What came of an assertion. */
export type VerifiedAssertion =
  | { claims: AssertionClaims; fault?: undefined }
  /** `signed`: by who it says it is of, who may be told why it does not count. */
  | { fault: string; signed: boolean; claims?: undefined };

/** Verifies assertions, and takes each once. */
@Injectable()
export class AssertionVerifier {
  constructor(
    private readonly options: ServerOptions,
    private readonly endpoints: EndpointRegistry,
    private readonly used: UsedAssertions,
  ) {}

  /** The claims, or why they do not count; it is not taken yet, see {@link consume}. */
  async verify({ jwt, header }: Assertion, expected: ExpectedAssertion): Promise<VerifiedAssertion> {
    const { keys } = expected;
    const verified = await verifySignature(
      jwt,
      header.alg,
      keys.length > 0 ? keys : [nobodysKey(header.alg)],
      expected,
    );
    if (keys.length === 0) return { fault: 'there is no key that fits', signed: false };
    if (verified.fault !== undefined) return verified;
    const fault = this.faultOf(verified.claims, expected);
    return fault === undefined ? verified : { fault, signed: true };
  }

  /** @returns false when it was taken before, by whichever instance */
  consume({ iss, jti, exp }: AssertionClaims): Promise<boolean> {
    return this.used.consume(iss, jti, exp);
  }

  private faultOf({ sub, aud, exp, iat, jti }: Partial<JWTPayload>, expected: ExpectedAssertion): string | undefined {
    const now = Date.now() / 1000;
    if (typeof sub !== 'string' || sub === '') return 'there is no sub';
    if (!this.isAudience(aud, expected)) return 'aud is not this server';
    if (exp === undefined || exp > now + MAX_LIFETIME + SKEW) return `exp is more than ${MAX_LIFETIME} seconds ahead`;
    if (iat !== undefined && iat > now + SKEW) return 'iat is ahead';
    if (typeof jti !== 'string' || jti === '') return 'there is no jti';
    return undefined;
  }

  /** The issuer as one string, unless said otherwise: who gets an assertion that is for several can use it with the others. */
  private isAudience(aud: unknown, { audience, request }: ExpectedAssertion): boolean {
    const { issuer, assertionAudience } = this.options;
    if ((audience ?? assertionAudience) === 'issuer') return aud === issuer;
    const called = this.endpoints.list().filter(({ name, path }) => name === 'token' || path === request.path);
    const accepted: unknown[] = [issuer, ...called.map(({ path }) => this.options.url(path))];
    return [aud].flat().some((one) => accepted.includes(one));
  }
}

async function verifySignature(
  jwt: string,
  alg: string,
  keys: readonly KeyObject[],
  { issuer, subject }: ExpectedAssertion,
): Promise<VerifiedAssertion> {
  for (const key of keys) {
    try {
      const { payload } = await jwtVerify(jwt, key, {
        algorithms: [alg],
        issuer,
        subject,
        requiredClaims: ['exp', 'jti', 'aud', 'sub'],
        clockTolerance: SKEW,
      });
      return { claims: payload as AssertionClaims };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { fault: 'it has expired', signed: true };
      // The names are those that are checked, not what the assertion says.
      if (error instanceof errors.JWTClaimValidationFailed)
        return {
          fault: `${error.claim} is ${error.reason === 'missing' ? 'missing' : 'not acceptable'}`,
          signed: true,
        };
    }
  }
  return { fault: 'the signature does not verify', signed: false };
}
