// What clients and resources name by a word: does this server have it?
// @see RFC 7591 §2 https://www.rfc-editor.org/rfc/rfc7591#section-2
import { Injectable } from '@nestjs/common';
import type { ClientMetadata } from '../clients/client-metadata.js';
import { needsSecret } from '../clients/client-secret.js';
import {
  CONTENT_ENCRYPTION_ALGORITHMS,
  KEY_MANAGEMENT_ALGORITHMS,
  MAC_ALGORITHMS,
  SIGNATURE_ALGORITHMS,
} from '../common/algorithms.js';
import { ClientAuthenticator } from '../oauth/client-auth/client-authenticator.js';
import { GrantRegistry } from '../oauth/grants/grant-registry.js';
import { ResponseTypeRegistry } from '../oauth/response-types/response-type-registry.js';
import { CONTENT_ENCRYPTIONS } from '../tokens/keys/decrypt.js';
import { ENCRYPTION_ALGORITHMS, SIGNING_ALGORITHMS } from '../tokens/keys/key-algorithms.js';
import { TokenFormats } from '../tokens/token-formats.js';
import type { BootstrapDocument } from './bootstrap-document.js';

const ALGORITHMS = {
  token_endpoint_auth_signing_alg: [...SIGNATURE_ALGORITHMS, ...MAC_ALGORITHMS],
  id_token_signed_response_alg: [...SIGNING_ALGORITHMS, 'none'],
  id_token_encrypted_response_alg: KEY_MANAGEMENT_ALGORITHMS,
  id_token_encrypted_response_enc: CONTENT_ENCRYPTION_ALGORITHMS,
  userinfo_signed_response_alg: SIGNING_ALGORITHMS,
  userinfo_encrypted_response_alg: KEY_MANAGEMENT_ALGORITHMS,
  userinfo_encrypted_response_enc: CONTENT_ENCRYPTION_ALGORITHMS,
  request_object_signing_alg: [...SIGNATURE_ALGORITHMS, 'none'],
  request_object_encryption_alg: ENCRYPTION_ALGORITHMS,
  request_object_encryption_enc: CONTENT_ENCRYPTIONS,
} satisfies Partial<Record<keyof ClientMetadata, readonly string[]>>;

@Injectable()
export class KnownNames {
  constructor(
    private readonly grants: GrantRegistry,
    private readonly responseTypes: ResponseTypeRegistry,
    private readonly clientAuth: ClientAuthenticator,
    private readonly formats: TokenFormats,
  ) {}

  /** Names of the file that are kept, and refused when somebody uses them. */
  warnings({ clients, resources }: BootstrapDocument): string[] {
    const registered = new Set(clients.map(({ clientId }) => clientId));
    return [
      ...clients.flatMap(({ metadata, clientSecret }, index) => [
        ...this.clientWarnings(metadata).map((warning) => `clients[${index}].${warning}`),
        ...(clientSecret === undefined || needsSecret(metadata)
          ? []
          : [`clients[${index}].client_secret: is of no use to a client that does not authenticate with one`]),
      ]),
      ...resources.flatMap(({ introspectionClients }, index) =>
        introspectionClients.flatMap((id, place) =>
          registered.has(id)
            ? []
            : [`resources[${index}].introspection_clients[${place}]: is a client that this file does not name`],
        ),
      ),
    ];
  }

  /** Formats of the file without which no token could be issued. */
  faults({ clients, resources }: BootstrapDocument): string[] {
    return [
      ...clients.flatMap(({ metadata }, index) =>
        this.formatFaults(metadata).map((fault) => `clients[${index}].${fault}`),
      ),
      ...resources.flatMap(({ accessTokenFormat }, index) =>
        this.formatFaults({ access_token_format: accessTokenFormat }).map((fault) => `resources[${index}].${fault}`),
      ),
    ];
  }

  /** Names of a client that are kept, and refused when somebody uses them. */
  clientWarnings(metadata: ClientMetadata): string[] {
    const { grant_types: grantTypes, response_types: responseTypes, token_endpoint_auth_method: method } = metadata;
    return [
      ...unknown(grantTypes, this.grants.names(), 'grant_types', 'grant type'),
      ...unknown(responseTypes, this.responseTypes.names(), 'response_types', 'response type'),
      ...(this.clientAuth.names().includes(method) ? [] : [noSuch('token_endpoint_auth_method', 'method')]),
      ...Object.entries(ALGORITHMS).flatMap(([member, known]) => {
        const name = metadata[member as keyof typeof ALGORITHMS];
        return name === undefined || (known as readonly string[]).includes(name) ? [] : [noSuch(member, 'algorithm')];
      }),
    ];
  }

  private formatFaults({ access_token_format: format }: Pick<ClientMetadata, 'access_token_format'>): string[] {
    const known = this.formats.names();
    return format === undefined || known.includes(format)
      ? []
      : [`access_token_format: must be one of: ${known.join(', ')}`];
  }
}

function unknown(names: readonly string[], known: readonly string[], member: string, kind: string): string[] {
  return names.flatMap((name, index) => (known.includes(name) ? [] : [noSuch(`${member}[${index}]`, kind)]));
}

function noSuch(member: string, kind: string): string {
  return `${member}: this server has no such ${kind}; it is refused on use`;
}
