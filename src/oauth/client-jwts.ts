// JWTs for a client, signed and encrypted as its registration says: ID tokens, userinfo, logout tokens.
// @see OIDC Registration §2, RFC 7519 https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata
import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.js';
import { DEFAULT_ID_TOKEN_ALGORITHM } from '../common/algorithms.js';
import { UnauthorizedClientError } from '../common/oauth-error.js';
import { ServerOptions } from '../config/options.js';
import { KeyStore } from '../tokens/keys/key-store.js';
import { ClientEncryption } from './client-encryption.js';

const UNSIGNED = 'none';

@Injectable()
export class ClientJwts {
  constructor(
    private readonly keys: KeyStore,
    private readonly encryption: ClientEncryption,
    private readonly options: ServerOptions,
  ) {}

  /** The algorithms that clients can register for ID tokens. */
  idTokenAlgorithms(): string[] {
    const signed = this.keys.algorithms('sig');
    return this.options.unsignedIdTokens ? [...signed, UNSIGNED] : signed;
  }

  /** The algorithms that clients can register for userinfo; without one it is JSON. */
  userinfoAlgorithms(): string[] {
    return this.keys.algorithms('sig');
  }

  /**
   * Can the client be given ID tokens?
   * @param inFrontChannel through the browser, where they must be signed (OIDC Registration §2)
   * @throws UnauthorizedClientError when an algorithm or a key that it is registered for is not there
   */
  async checkIdTokens(client: Client, inFrontChannel: boolean): Promise<void> {
    if (this.idTokenAlgorithmOf(client) === UNSIGNED && inFrontChannel) throw unavailable('id_token');
    await this.encryption.check(client, 'id_token_encrypted_response');
  }

  /** @throws UnauthorizedClientError when it cannot be signed or encrypted as the client is registered, at this moment */
  async issueIdToken(client: Client, claims: object): Promise<string> {
    const signed = await this.sign(this.idTokenAlgorithmOf(client), claims);
    return this.encryption.nest(client, 'id_token_encrypted_response', signed);
  }

  /**
   * A logout token: signed as ID tokens are, always, and encrypted as they are.
   * @throws UnauthorizedClientError when an algorithm or a key that the client is registered for is not there
   * @see OpenID Connect Back-Channel Logout §2.4
   */
  async issueLogoutToken(client: Client, claims: object): Promise<string> {
    const algorithm = client.idTokenAlgorithm === UNSIGNED ? DEFAULT_ID_TOKEN_ALGORITHM : client.idTokenAlgorithm;
    const signed = await this.keys.sign(algorithm, { typ: 'logout+jwt' }, claims);
    return this.encryption.nest(client, 'id_token_encrypted_response', signed);
  }

  /**
   * The claims of userinfo as the client wants them: JSON, or a JWT, signed, encrypted or both.
   * @throws UnauthorizedClientError when it cannot be signed or encrypted as the client is registered
   * @see OIDC Core §5.3.2
   */
  async userinfoFor(client: Client, claims: object): Promise<object | string> {
    const algorithm = client.metadata.userinfo_signed_response_alg;
    const kind = 'userinfo_encrypted_response';
    if (algorithm === undefined) return (await this.encryption.seal(client, kind, claims)) ?? claims;
    if (!this.userinfoAlgorithms().includes(algorithm)) throw unavailable('userinfo');
    const signed = await this.sign(algorithm, { ...claims, iss: this.options.issuer, aud: client.id });
    return this.encryption.nest(client, kind, signed);
  }

  private idTokenAlgorithmOf({ idTokenAlgorithm }: Client): string {
    if (!this.idTokenAlgorithms().includes(idTokenAlgorithm)) throw unavailable('id_token');
    return idTokenAlgorithm;
  }

  private sign(algorithm: string, claims: object): Promise<string> | string {
    if (algorithm === UNSIGNED) return `${encode({ alg: UNSIGNED })}.${encode(claims)}.`;
    return this.keys.sign(algorithm, { typ: 'JWT' }, claims);
  }
}

/**
 * Left half of the hash that belongs to the signature algorithm: `at_hash`, `c_hash`, `s_hash`.
 * @see OIDC Core §3.1.3.6, §3.3.2.11
 */
export function leftHalfHash(algorithm: string, value: string): string {
  // Ed25519 hashes with SHA-512 by itself; unsigned ID tokens have no hash of their own.
  const digest = hash(algorithm === 'EdDSA' ? 'sha512' : 'sha256', value, 'buffer');
  return digest.toString('base64url', 0, digest.length / 2);
}

function unavailable(kind: 'id_token' | 'userinfo'): UnauthorizedClientError {
  return new UnauthorizedClientError(`The ${kind}_signed_response_alg of the client is not available.`);
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
