// Is a JWT a request object of the client's: decrypted if need be, its signature verified, its claims checked.
// Registered encryption is what the client may use, a registered signature algorithm what it must (OIDC Registration §2).
// @see RFC 9101 §6, §10, OIDC Core §6.1 https://www.rfc-editor.org/rfc/rfc9101#section-6
import { Injectable } from '@nestjs/common';
import { compactVerify, type ProtectedHeaderParameters } from 'jose';
import type { Client } from '../../clients/client.js';
import { ClientKeys } from '../../clients/client-keys.js';
import { SIGNATURE_ALGORITHMS } from '../../common/algorithms.js';
import { isJwe, joseHeader } from '../../common/jose-header.js';
import { InvalidRequestObjectError } from '../../common/oauth-error.js';
import { ServerOptions } from '../../config/options.js';
import { KeyStore } from '../../tokens/keys/key-store.js';
import { MAX_REQUEST_OBJECT_LENGTH } from './request-object-length.js';

type Claims = Record<string, unknown>;

const UNSIGNED = 'none';
/** In lower case; RFC 9101 §10.8.1 and, for OpenID Connect, no type of its own. */
const TYPES = ['jwt', 'oauth-authz-req+jwt', 'application/oauth-authz-req+jwt'];
/** A key that comes with what it verifies proves nothing, and extensions that must be understood are not (RFC 7515 §4.1). */
const REFUSED_MEMBERS = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'zip'];
/** Seconds that clocks may differ. */
const CLOCK_SKEW = 10;
const utf8 = new TextDecoder('utf-8', { fatal: true });

@Injectable()
export class RequestObjectVerifier {
  constructor(
    private readonly keys: KeyStore,
    private readonly clientKeys: ClientKeys,
    private readonly options: ServerOptions,
  ) {}

  /** Signature algorithms of request objects. */
  algorithms(): string[] {
    return this.options.unsignedRequestObjects ? [...SIGNATURE_ALGORITHMS, UNSIGNED] : [...SIGNATURE_ALGORITHMS];
  }

  /** The claims. @throws InvalidRequestObjectError */
  async verify(client: Client, object: string): Promise<Claims> {
    if (object.length > MAX_REQUEST_OBJECT_LENGTH)
      throw new InvalidRequestObjectError(`The request object is longer than ${MAX_REQUEST_OBJECT_LENGTH} characters.`);
    const jws = isJwe(object) ? await this.decrypt(object) : object;
    const header = headerOf(jws);
    const algorithm = this.algorithmOf(client, header);
    const payload =
      algorithm === UNSIGNED ? unsignedPayload(jws) : await this.verifySignature(client, jws, algorithm, header);
    const claims = parse(payload);
    this.checkClaims(client, claims);
    return claims;
  }

  /** RFC 9101 §6.1: signed, then encrypted. */
  private async decrypt(object: string): Promise<string> {
    headerOf(object);
    const plaintext = await this.keys.decrypt(object);
    if (!plaintext) throw new InvalidRequestObjectError('The request object is not encrypted for this server.');
    return Buffer.from(plaintext).toString();
  }

  private algorithmOf(client: Client, { alg, typ }: ProtectedHeaderParameters): string {
    const registered = client.metadata.request_object_signing_alg;
    const { require_signed_request_object: mustSign } = client.metadata;
    const isTyped = typ === undefined || (typeof typ === 'string' && TYPES.includes(typ.toLowerCase()));
    if (!isTyped) throw new InvalidRequestObjectError('The JWT is of another type than that of request objects.');
    const isRegistered = registered === undefined || alg === registered;
    if (typeof alg !== 'string' || !isRegistered || !this.algorithms().includes(alg) || (mustSign && alg === UNSIGNED))
      throw new InvalidRequestObjectError('The request object is not signed with an algorithm that is allowed here.');
    return alg;
  }

  private async verifySignature(
    client: Client,
    jws: string,
    alg: string,
    { kid }: ProtectedHeaderParameters,
  ): Promise<Uint8Array> {
    if (kid !== undefined && typeof kid !== 'string') throw malformed();
    const key = await this.clientKeys.findVerificationKey(client, { alg, kid });
    if (!key) throw new InvalidRequestObjectError('The client has no key that fits the header of the request object.');
    try {
      return (await compactVerify(jws, key, { algorithms: [alg] })).payload;
    } catch {
      throw new InvalidRequestObjectError("The signature of the request object is not the client's.");
    }
  }

  private checkClaims(client: Client, { client_id: clientId, iss, sub, aud, exp, nbf, iat, ...rest }: Claims): void {
    // Other JWTs that the client signs name it elsewhere: in `sub` when they prove who it is (RFC 9101 §10.8).
    if (clientId !== client.id || (iss !== undefined && iss !== client.id) || sub === client.id)
      throw new InvalidRequestObjectError('The request object is not that of this client.');
    const audience = Array.isArray(aud) ? aud : [aud];
    if (aud !== undefined && !audience.includes(this.options.issuer))
      throw new InvalidRequestObjectError('The request object is meant for somebody else.');
    const now = Date.now() / 1000;
    if (!isTime(exp, (time) => time > now - CLOCK_SKEW))
      throw new InvalidRequestObjectError('The request object has expired.');
    if (![nbf, iat].every((one) => isTime(one, (time) => time <= now + CLOCK_SKEW)))
      throw new InvalidRequestObjectError('The request object is not valid yet.');
    // RFC 9101 §4
    if ('request' in rest || 'request_uri' in rest)
      throw new InvalidRequestObjectError('A request object must not hold another one.');
  }
}

function headerOf(jwt: string): ProtectedHeaderParameters {
  const header = joseHeader(jwt);
  if (!header) throw malformed();
  if (REFUSED_MEMBERS.some((member) => member in header))
    throw new InvalidRequestObjectError('The header of the request object has members that are not allowed.');
  return header;
}

/** RFC 7515 §A.5 */
function unsignedPayload(jws: string): Uint8Array {
  const [, payload, signature, ...rest] = jws.split('.', 4);
  if (payload === undefined || signature !== '' || rest.length > 0) throw malformed();
  return Buffer.from(payload, 'base64url');
}

function parse(payload: Uint8Array): Claims {
  let claims: unknown;
  try {
    claims = JSON.parse(utf8.decode(payload));
  } catch {
    throw malformed();
  }
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) throw malformed();
  return claims as Claims;
}

function isTime(value: unknown, isGood: (time: number) => boolean): boolean {
  return value === undefined || (typeof value === 'number' && isGood(value));
}

function malformed(): InvalidRequestObjectError {
  return new InvalidRequestObjectError('The request object is not a JWT.');
}
