// A client as the protocol reads it: immutable, cached in the process.
import { equalInConstantTime, hashSecret } from '../common/credential.js';
import type { ClientMetadata } from './client-metadata.js';

export interface StoredSecret {
  id: string;
  hash: Buffer;
  createdAt: Date;
  expiresAt: Date | null;
}

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

  allowsGrantType(grantType: string): boolean {
    return this.metadata.grant_types.includes(grantType);
  }

  /** @param responseType its parts in alphabetical order */
  allowsResponseType(responseType: string): boolean {
    return this.metadata.response_types.includes(responseType);
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
