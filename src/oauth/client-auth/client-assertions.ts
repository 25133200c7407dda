// JWTs by which clients prove who they are: read with a bound before any cryptography, verified, and taken once.
// @see RFC 7521 §4.2, RFC 7523 §2.2, §3 https://www.rfc-editor.org/rfc/rfc7523#section-3
import { createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Client } from '../../clients/client.js';
import { UsedAssertions } from '../../clients/used-assertions.js';
import { isMacAlgorithm, sameAlgorithm } from '../../common/algorithms.js';
import type { OAuthRequest } from '../../common/http.js';
import { InvalidClientError } from '../../common/oauth-error.js';
import type { Parameters } from '../../common/parameters.js';
import { ServerOptions } from '../../config/options.js';
import { EndpointRegistry } from '../endpoints/endpoint.js';
import type { PresentedCredentials } from './client-auth.js';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const MAX_LENGTH = 8192;
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
/** Keys are what the client has registered, never what an assertion brings along (RFC 8725 §3.10); no extension is known here. */
const REFUSED_HEADERS = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64'];
/** JWTs of another kind are no assertion (RFC 8725 §3.11). */
const TYPES = ['jwt', 'client-authentication+jwt'];
/** Seconds by which clocks may differ. */
const SKEW = 10;
/** Seconds from now to the end of an assertion, at most. */
const MAX_LIFETIME = 3600;

/** An assertion of which nothing is proven yet. */
export interface ClientAssertion {
  jwt: string;
  clientId: string;
  header: { alg: string; kid?: string };
}

/** How a method verifies assertions. */
export interface AssertionMethod {
  algorithms: readonly string[];
  /** What may verify it; none when the client has nothing that fits. */
  keysOf: (client: Client, header: ClientAssertion['header']) => Promise<KeyObject[]>;
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
  if (jwt.length > MAX_LENGTH || !COMPACT_JWS.test(jwt)) throw new InvalidClientError('malformed client_assertion');
  let header: Record<string, unknown>;
  let subject: unknown;
  try {
    header = decodeProtectedHeader(jwt);
    subject = decodeJwt(jwt).sub;
  } catch {
    throw new InvalidClientError('malformed client_assertion');
  }
  const { alg, kid, typ } = header;
  const known =
    typeof alg === 'string' &&
    (kid === undefined || typeof kid === 'string') &&
    (typ === undefined || (typeof typ === 'string' && TYPES.includes(typ.toLowerCase()))) &&
    !REFUSED_HEADERS.some((name) => name in header);
  if (!known) throw new InvalidClientError('client_assertion with a header that is not allowed');
  if (typeof subject !== 'string' || subject === '') throw new InvalidClientError('client_assertion without sub');
  return { jwt, clientId: subject, header: { alg, kid } };
}

/** Verifies the JWTs by which clients prove who they are, and takes each of them once. */
@Injectable()
export class ClientAssertions {
  constructor(
    private readonly options: ServerOptions,
    private readonly endpoints: EndpointRegistry,
    private readonly used: UsedAssertions,
  ) {}

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
    { jwt, header }: ClientAssertion,
    client: Client,
    request: OAuthRequest,
    { algorithms, keysOf }: AssertionMethod,
  ): Promise<string | undefined> {
    const pinned = client.metadata.token_endpoint_auth_signing_alg;
    if (!algorithms.includes(header.alg)) return 'the algorithm is not supported';
    const allowed = pinned === undefined || sameAlgorithm(pinned, header.alg);
    const keys = allowed ? await keysOf(client, header) : [];
    // An unknown client, or one without a fitting key, takes as long as one with it.
    const verified = await verify(jwt, client, header.alg, keys.length > 0 ? keys : [nobodysKey(header.alg)]);
    if (!allowed) return 'the algorithm is not the registered one';
    if (keys.length === 0) return 'there is no key that fits';
    if (typeof verified === 'string') return verified;
    return this.claimFaultOf(verified, client, request);
  }

  private async claimFaultOf(
    { aud, exp, iat, jti }: JWTPayload,
    client: Client,
    request: OAuthRequest,
  ): Promise<string | undefined> {
    const now = Date.now() / 1000;
    if (!this.isAudience(aud, client, request)) return 'aud is not this server';
    if (exp === undefined || exp > now + MAX_LIFETIME + SKEW) return `exp is more than ${MAX_LIFETIME} seconds ahead`;
    if (iat !== undefined && iat > now + SKEW) return 'iat is ahead';
    if (typeof jti !== 'string' || jti === '') return 'there is no jti';
    return (await this.used.consume(client.id, jti, exp)) ? undefined : 'the assertion was used before';
  }

  /** The issuer as one string, unless said otherwise: who gets an assertion that is for several can use it with the others. */
  private isAudience(aud: unknown, client: Client, { path }: OAuthRequest): boolean {
    const { issuer, assertionAudience } = this.options;
    if ((client.metadata.assertion_audience ?? assertionAudience) === 'issuer') return aud === issuer;
    const called = this.endpoints.list().filter((endpoint) => endpoint.name === 'token' || endpoint.path === path);
    const accepted: unknown[] = [issuer, ...called.map((endpoint) => this.options.url(endpoint.path))];
    return [aud].flat().some((one) => accepted.includes(one));
  }
}

/** The claims, or why there are none. */
async function verify(
  jwt: string,
  client: Client,
  alg: string,
  keys: readonly KeyObject[],
): Promise<JWTPayload | string> {
  let fault = '';
  for (const key of keys) {
    try {
      const { payload } = await jwtVerify(jwt, key, {
        algorithms: [alg],
        issuer: client.id,
        subject: client.id,
        requiredClaims: ['exp', 'jti', 'aud'],
        clockTolerance: SKEW,
      });
      return payload;
    } catch (error) {
      fault =
        error instanceof errors.JOSEError ? `the assertion does not verify: ${error.code}` : 'malformed assertion';
    }
  }
  return fault;
}

const nobodysKeys = new Map<string, KeyObject>();

/** A key of the algorithm that nobody signs with. */
function nobodysKey(alg: string): KeyObject {
  let key = nobodysKeys.get(alg);
  if (!key) nobodysKeys.set(alg, (key = makeNobodysKey(alg)));
  return key;
}

function makeNobodysKey(alg: string): KeyObject {
  if (isMacAlgorithm(alg)) return createSecretKey(randomBytes(32));
  if (alg.startsWith('ES')) return generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  if (alg.startsWith('Ed')) return generateKeyPairSync('ed25519').publicKey;
  // A number of 2048 bits whose factors nobody knows.
  const modulus = randomBytes(256);
  modulus[0] |= 0x80;
  modulus[255] |= 1;
  return createPublicKey({ key: { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' }, format: 'jwk' });
}
