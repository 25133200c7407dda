// A client as the protocol reads it: immutable, cached in the process.
import { DEFAULT_CONTENT_ENCRYPTION, DEFAULT_ID_TOKEN_ALGORITHM } from '../common/algorithms.js';
import { equalInConstantTime, hashSecret } from '../common/credential.js';
import { type ClientMetadata, signsWithSecret } from './client-metadata.js';

export interface StoredSecret {
  id: string;
  hash: Buffer;
  /** Encrypted, where the client signs with it. */
  sealed: string | null;
  createdAt: Date;
  expiresAt: Date | null;
}

/** What can be encrypted between a client and this server. */
export type EncryptedKind = 'id_token_encrypted_response' | 'userinfo_encrypted_response' | 'request_object_encryption';

/** A client as the protocol reads it: immutable, cached in the process. */
export class Client {
  /** Registered scope values. */
  readonly scopes: readonly string[];

  constructor(
    readonly id: string,
    readonly metadata: Readonly<ClientMetadata>,
    readonly secrets: readonly StoredSecret[],
    readonly ownerId: string | null,
    readonly disabled: boolean,
    readonly createdAt: Date,
    /** Did it come by dynamic registration? */
    readonly selfRegistered = false,
    /** Is it the host application's, by `queryClient`? Then it cannot be changed here. */
    readonly isHosts = false,
  ) {
    this.scopes = metadata.scope?.split(' ').filter(Boolean) ?? [];
  }

  /** The name that people see. */
  get name(): string {
    return this.metadata.client_name ?? this.id;
  }

  /** A public client has no secret and cannot prove who it is (RFC 6749 §2.1). */
  get isPublic(): boolean {
    return this.metadata.token_endpoint_auth_method === 'none';
  }

  /** A client without grants is a resource server: it only introspects. */
  get isResourceServer(): boolean {
    return !this.isPublic && this.metadata.grant_types.length === 0;
  }

  /** @see OIDC Registration §2 */
  get idTokenAlgorithm(): string {
    return this.metadata.id_token_signed_response_alg ?? DEFAULT_ID_TOKEN_ALGORITHM;
  }

  /** @see OIDC Core §8 */
  get subjectType(): 'public' | 'pairwise' {
    return this.metadata.subject_type ?? 'public';
  }

  /**
   * How it is encrypted; undefined: not at all.
   * @see OIDC Registration §2
   */
  encryptionOf(kind: EncryptedKind): { alg: string; enc: string } | undefined {
    const alg = this.metadata[`${kind}_alg`];
    return alg === undefined ? undefined : { alg, enc: this.metadata[`${kind}_enc`] ?? DEFAULT_CONTENT_ENCRYPTION };
  }

  allowsGrantType(grantType: string): boolean {
    return this.metadata.grant_types.includes(grantType);
  }

  /** @param responseType its parts in alphabetical order */
  allowsResponseType(responseType: string): boolean {
    return this.metadata.response_types.includes(responseType);
  }

  /** Live secrets that are of use for the registered method: to sign with, one that was made for it. */
  get usableSecrets(): readonly StoredSecret[] {
    const now = Date.now();
    const live = this.secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt.getTime() > now);
    return signsWithSecret(this.metadata) ? live.filter(({ sealed }) => sealed !== null) : live;
  }

  /** Is it one of the live secrets? Takes the same time for every answer. */
  verifySecret(secret: string): boolean {
    const presented = hashSecret(secret);
    const now = Date.now();
    let valid = false;
    for (const { hash, expiresAt } of this.secrets) {
      const equal = equalInConstantTime(hash, presented);
      valid ||= equal && (expiresAt === null || expiresAt.getTime() > now);
    }
    return valid;
  }
}
