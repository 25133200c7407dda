// A registered client as it learns of itself: all its metadata, its credentials, and where it manages them.
// @see RFC 7591 §3.2.1, RFC 7592 §3 https://www.rfc-editor.org/rfc/rfc7592#section-3
import { toSeconds } from '../../api/seconds.js';
import type { Client } from '../../clients/client.js';
import { membersOf } from '../../clients/client-metadata.js';
import type { RegisteredClient } from '../../clients/client-registrations.js';

const ENCRYPTED = ['id_token_encrypted_response', 'userinfo_encrypted_response', 'request_object_encryption'] as const;

export function registrationToWire(registered: RegisteredClient, uri: string): Record<string, unknown> {
  const { client, clientSecret, registrationAccessToken, softwareStatement } = registered;
  return {
    client_id: client.id,
    client_id_issued_at: toSeconds(client.createdAt),
    // 0: it does not expire by itself.
    ...(clientSecret !== undefined && { client_secret: clientSecret, client_secret_expires_at: 0 }),
    registration_access_token: registrationAccessToken,
    registration_client_uri: uri,
    ...defaultsOf(client),
    ...Object.fromEntries(membersOf(client.metadata).map((member) => [member, client.metadata[member]])),
    software_statement: softwareStatement,
  };
}

/** What holds of members that were not given (OIDC Registration §2). */
function defaultsOf(client: Client): Record<string, unknown> {
  return {
    subject_type: client.subjectType,
    id_token_signed_response_alg: client.idTokenAlgorithm,
    require_auth_time: false,
    ...Object.fromEntries(ENCRYPTED.map((kind) => [`${kind}_enc`, client.encryptionOf(kind)?.enc])),
  };
}
