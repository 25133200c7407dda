// A client as JSON: the members of RFC 7591, and ours.
// @see RFC 7591 §3.2.1 https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1
import { toSeconds } from '../api/seconds.js';
import type { InputFault } from '../common/input-error.js';
import type { Client } from './client.js';
import {
  type ClientMetadata,
  ClientMetadataError,
  isClientMetadataMember,
  membersOf,
  parseClientMetadata,
} from './client-metadata.js';
import { needsSecret } from './client-secret.js';
import type { CreatedClient, NewClient } from './clients.service.js';

/** What has a path of its own, or is the server's. */
const NOT_CHANGED_HERE = new Map([
  ['client_id', 'cannot be changed'],
  ['client_secret', 'is made by POST …/secret'],
  ['client_id_issued_at', 'is given by the server'],
  ['client_secret_expires_at', 'is given by the server'],
  ['disabled', 'is set by POST …/disable and …/enable'],
  ['owner_id', 'cannot be changed'],
]);
const GIVEN_AT_CREATION = ['client_id', 'client_secret'];

export function clientToWire(client: Client): Record<string, unknown> {
  return {
    client_id: client.id,
    client_id_issued_at: client.isHosts ? undefined : toSeconds(client.createdAt),
    ...Object.fromEntries(membersOf(client.metadata).map((member) => [member, client.metadata[member]])),
    disabled: client.disabled,
    owner_id: client.ownerId ?? undefined,
  };
}

/** With the secret, this one time; it does not expire by itself. */
export function createdClientToWire({ client, clientSecret }: CreatedClient): Record<string, unknown> {
  if (clientSecret === undefined) return clientToWire(client);
  return { ...clientToWire(client), client_secret: clientSecret, client_secret_expires_at: 0 };
}

/** @throws ClientMetadataError with every fault at once */
export function newClientFromWire(body: object): NewClient {
  const { client_id: clientId, client_secret: clientSecret } = body as Record<string, string | null | undefined>;
  const metadata = parse(body, body, GIVEN_AT_CREATION);
  if (typeof clientSecret === 'string' && !needsSecret(metadata)) {
    const problem = 'must not be given to a client that does not authenticate with one';
    throw new ClientMetadataError([{ member: 'client_secret', problem }]);
  }
  return { metadata, clientId: clientId ?? undefined, clientSecret: clientSecret ?? undefined };
}

/**
 * The metadata after a change: what is given takes the place of what was there, `null` brings the default back.
 * @throws ClientMetadataError with every fault at once
 */
export function changedMetadata(present: ClientMetadata, changes: object): ClientMetadata {
  return parse({ ...present, ...changes }, changes, []);
}

/** Metadata in which nothing is unknown. */
function parse(metadata: object, given: object, allowed: readonly string[]): ClientMetadata {
  const unknown = Object.keys(given)
    .filter((member) => !isClientMetadataMember(member) && !allowed.includes(member))
    .map((member): InputFault => ({ member, problem: NOT_CHANGED_HERE.get(member) ?? 'is not known here' }));
  try {
    const parsed = parseClientMetadata(metadata, 'administrator');
    if (unknown.length === 0) return parsed;
  } catch (error) {
    if (!(error instanceof ClientMetadataError)) throw error;
    throw new ClientMetadataError([...unknown, ...error.faults]);
  }
  throw new ClientMetadataError(unknown);
}
