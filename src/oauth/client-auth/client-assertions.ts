// JWTs by which clients prove who they are.
// @see RFC 7521 §4.2, RFC 7523 §2.2, §3 https://www.rfc-editor.org/rfc/rfc7523#section-3
import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Client } from '../../clients/client.js';
import { sameAlgorithm } from '../../common/algorithms.js';
import type { OAuthRequest } from '../../common/http.js';
import { InvalidClientError } from '../../common/oauth-error.js';
import type { Parameters } from '../../common/parameters.js';
import { type Assertion, type AssertionHeader, readAssertion } from '../assertions/assertion.js';
import { AssertionVerifier } from '../assertions/assertion-verifier.js';
import type { PresentedCredentials } from './client-auth.js';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** In lower case. */
const TYPES = ['jwt', 'client-authentication+jwt'];

/** An assertion of which nothing is proven yet. */
export interface ClientAssertion extends Assertion {
  clientId: string;
}

/** How a method verifies assertions. */
export interface AssertionMethod {
  algorithms: readonly string[];
  /** What may verify it; none when the client has nothing that fits. */
  keysOf: (client: Client, header: AssertionHeader) => Promise<KeyObject[]>;
}

/**
 * The assertion of a request; undefined when it has none.
 * @throws InvalidClientError when it is malformed
 */
export function readClientAssertion(parameters: Parameters): ClientAssertion | undefined {
  const jwt = parameters.get('client_assertion');
  if (jwt === undefined) return undefined;
  if (parameters.get('client_assertion_type') !== ASSERTION_TYPE)
    throw new InvalidClientError('client_assertion of another type');
  const assertion = readAssertion(jwt, TYPES);
  if (typeof assertion === 'string') throw new InvalidClientError(`the client_assertion is ${assertion}`);
  if (assertion.subject === undefined) throw new InvalidClientError('client_assertion without sub');
  return { ...assertion, clientId: assertion.subject };
}

/** Verifies the JWTs by which clients prove who they are, and takes each of them once. */
@Injectable()
export class ClientAssertions {
  constructor(private readonly verifier: AssertionVerifier) {}

  /** The assertion as what a request presents. */
  present(assertion: ClientAssertion, request: OAuthRequest, method: AssertionMethod): PresentedCredentials {
    const presented: PresentedCredentials = {
      clientId: assertion.clientId,
      verify: async (client) => {
        presented.failure = await this.faultOf(assertion, client, request, method);
        return presented.failure === undefined;
      },
    };
    return presented;
  }

  /** Why it does not prove the client, for the log; undefined when it does, this one time. */
  private async faultOf(
    assertion: ClientAssertion,
    client: Client,
    request: OAuthRequest,
    { algorithms, keysOf }: AssertionMethod,
  ): Promise<string | undefined> {
    const { alg } = assertion.header;
    const { token_endpoint_auth_signing_alg: pinned, assertion_audience: audience } = client.metadata;
    if (!algorithms.includes(alg)) return 'the algorithm is not supported';
    const allowed = pinned === undefined || sameAlgorithm(pinned, alg);
    // An unknown client, or one without a fitting key, takes as long as one with it.
    const keys = allowed ? await keysOf(client, assertion.header) : [];
    const expected = { keys, issuer: client.id, subject: client.id, audience, request };
    const { claims, fault } = await this.verifier.verify(assertion, expected);
    if (!allowed) return 'the algorithm is not the registered one';
    if (fault !== undefined) return fault;
    return (await this.verifier.consume(claims)) ? undefined : 'the assertion was used before';
  }
}
