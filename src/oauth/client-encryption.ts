// What is encrypted for a client, with a key of its own: ID tokens and userinfo, when it is registered so.
// @see OIDC Core §10.2, §16.14, OIDC Registration §2 https://openid.net/specs/openid-connect-core-1_0.html#Encryption
import { Injectable } from '@nestjs/common';
import { CompactEncrypt } from 'jose';
import type { Client } from '../clients/client.js';
import { ClientKeys } from '../clients/client-keys.js';
import type { EncryptionKey } from '../common/jwk-set.js';
import { CONTENT_ENCRYPTION_ALGORITHMS, KEY_MANAGEMENT_ALGORITHMS } from '../common/algorithms.js';
import { UnauthorizedClientError } from '../common/oauth-error.js';

/** What leaves the server encrypted. */
export type EncryptedResponse = 'id_token_encrypted_response' | 'userinfo_encrypted_response';

interface Encryption {
  alg: string;
  enc: string;
  key: EncryptionKey;
}

@Injectable()
export class ClientEncryption {
  constructor(private readonly keys: ClientKeys) {}

  /**
   * @throws UnauthorizedClientError when the client wants it encrypted, and this server cannot
   */
  async check(client: Client, kind: EncryptedResponse): Promise<void> {
    await this.find(client, kind);
  }

  /** The signed JWT, inside of a JWE when the client wants it so. @throws UnauthorizedClientError */
  async nest(client: Client, kind: EncryptedResponse, jwt: string): Promise<string> {
    const encryption = await this.find(client, kind);
    // RFC 7519 §5.2: what is inside is a JWT itself.
    return encryption ? encrypt(encryption, { cty: 'JWT' }, jwt) : jwt;
  }

  /** Claims that nobody signs, in a JWE; undefined when the client wants them as they are. @throws UnauthorizedClientError */
  async seal(client: Client, kind: EncryptedResponse, claims: object): Promise<string | undefined> {
    const encryption = await this.find(client, kind);
    return encryption && encrypt(encryption, { typ: 'JWT' }, JSON.stringify(claims));
  }

  private async find(client: Client, kind: EncryptedResponse): Promise<Encryption | undefined> {
    const wanted = client.encryptionOf(kind);
    if (!wanted) return undefined;
    const { alg, enc } = wanted;
    const isKnown = includes(KEY_MANAGEMENT_ALGORITHMS, alg) && includes(CONTENT_ENCRYPTION_ALGORITHMS, enc);
    if (!isKnown) throw new UnauthorizedClientError(`The ${kind}_alg or ${kind}_enc of the client is not available.`);
    const key = await this.keys.findEncryptionKey(client, alg);
    if (!key) throw new UnauthorizedClientError(`The client has no key that fits its ${kind}_alg.`);
    return { alg, enc, key };
  }
}

/** @see RFC 7516 §7.1 */
function encrypt(
  { alg, enc, key: { key, kid } }: Encryption,
  header: { typ?: string; cty?: string },
  text: string,
): Promise<string> {
  return new CompactEncrypt(Buffer.from(text))
    .setProtectedHeader({ alg, enc, ...(kid !== undefined && { kid }), ...header })
    .encrypt(key);
}

function includes(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
