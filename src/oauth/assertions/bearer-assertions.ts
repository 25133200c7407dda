// Assertions that are grants: of issuers whom the operator trusts, and of clients.
// @see RFC 7521 §4.1, RFC 7523 §2.1, §3, §3.1 https://www.rfc-editor.org/rfc/rfc7523#section-2.1
import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Client } from '../../clients/client.js';
import { ClientKeys } from '../../clients/client-keys.js';
import { MAC_ALGORITHMS, sameAlgorithm, SIGNATURE_ALGORITHMS } from '../../common/algorithms.js';
import type { OAuthRequest } from '../../common/http.js';
import { InvalidGrantError, TemporarilyUnavailableError } from '../../common/oauth-error.js';
import type { Parameters } from '../../common/parameters.js';
import { type Assertion, readAssertion } from './assertion.js';
import { InvalidAssertionError } from './assertion-errors.js';
import type { TrustedAssertionIssuer } from './assertion-issuers.js';
import { AssertionKeys } from './assertion-keys.js';
import { type AssertionClaims, AssertionVerifier, type VerifiedAssertion } from './assertion-verifier.js';

/** In lower case: no type in particular, and those of assertions for this use (RFC 7523bis §5, ID-JAG §3). */
const TYPES = ['jwt', 'authorization-grant+jwt', 'oauth-id-jag+jwt'];
const ALGORITHMS: readonly string[] = [...SIGNATURE_ALGORITHMS, ...MAC_ALGORITHMS];
/** Seconds after which keys that could not be read may be there. */
const RETRY_AFTER = 15;

/** Reads and verifies assertions that are grants. */
@Injectable()
export class BearerAssertions {
  constructor(
    private readonly keys: ClientKeys,
    private readonly assertionKeys: AssertionKeys,
    private readonly verifier: AssertionVerifier,
  ) {}

  /**
   * The assertion of a request, of which nothing is proven yet.
   * @throws InvalidRequestError when there is none
   * @throws InvalidGrantError when it is malformed
   */
  read(parameters: Parameters): Assertion & { issuer: string } {
    const assertion = readAssertion(parameters.require('assertion'), TYPES);
    if (typeof assertion === 'string') throw new InvalidGrantError(`The assertion is ${assertion}.`);
    const { issuer } = assertion;
    if (issuer === undefined) throw new InvalidGrantError('The assertion is without iss.');
    return { ...assertion, issuer };
  }

  /** @param client undefined, or disabled: it is refused, and takes as long */
  async verifyOfClient(
    client: Client | undefined,
    assertion: Assertion & { issuer: string },
    request: OAuthRequest,
  ): Promise<VerifiedAssertion> {
    const { header, issuer } = assertion;
    if (!ALGORITHMS.includes(header.alg)) return { fault: 'the algorithm is not supported', signed: false };
    const { token_endpoint_auth_signing_alg: pinned, assertion_audience: audience } = client?.metadata ?? {};
    const usable = client && !client.disabled && (pinned === undefined || sameAlgorithm(pinned, header.alg));
    const keys = usable ? await this.assertionKeys.of(client, header) : [];
    return this.verifier.verify(assertion, { keys, issuer, audience, request });
  }

  /** @throws TemporarilyUnavailableError when the keys of the issuer cannot be had */
  async verifyOfIssuer(
    { keys, algorithms }: TrustedAssertionIssuer,
    assertion: Assertion & { issuer: string },
    request: OAuthRequest,
  ): Promise<VerifiedAssertion> {
    const { header, issuer } = assertion;
    if (!algorithms.includes(header.alg)) return { fault: 'the algorithm is not that of the issuer', signed: false };
    const key: KeyObject | undefined = await this.keys.findVerificationKey(keys, header);
    if (!key && this.keys.isAway(keys)) {
      const description = 'The keys of the issuer of the assertion cannot be read at this moment.';
      throw new TemporarilyUnavailableError(description, RETRY_AFTER);
    }
    return this.verifier.verify(assertion, { keys: key ? [key] : [], issuer, request });
  }

  /** Takes the assertion. @throws InvalidAssertionError when it was taken before */
  async take(claims: AssertionClaims): Promise<void> {
    if (!(await this.verifier.consume(claims))) throw new InvalidAssertionError('it was used before');
  }
}
