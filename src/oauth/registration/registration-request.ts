// What a registration request may hold, and what it is told of its faults.
// @see RFC 7591 §3.1, §3.2.2, RFC 7592 §2.2 https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2
import type { Client } from '../../clients/client.js';
import { ClientMetadataError, isClientMetadataMember, type MetadataFault } from '../../clients/client-metadata.js';
import type { OAuthRequest } from '../../common/http.js';
import {
  InvalidClientMetadataError,
  InvalidRedirectUriError,
  InvalidRequestError,
  OAuthError,
} from '../../common/oauth-error.js';

const MAX_BYTES = 64 * 1024;
/** As many faults as anybody reads. */
const MAX_FAULTS = 5;
/** RFC 7592 §2.2: what the server gives, an update MUST NOT include. */
const GIVEN_BY_SERVER = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
];

/**
 * The JSON object that was sent.
 * @throws InvalidRequestError, InvalidClientMetadataError
 */
export function readMetadata({ headers, body }: OAuthRequest): Record<string, unknown> {
  const type = headers['content-type']?.split(';')[0].trim().toLowerCase();
  if (type !== 'application/json' || body === undefined)
    throw new InvalidRequestError('Send the metadata as application/json.');
  if (body.length > MAX_BYTES) throw new OAuthError('invalid_request', 413, 'The request is too large.');
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new InvalidRequestError('The body is not JSON.');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new InvalidClientMetadataError('The metadata must be a JSON object.');
  return parsed as Record<string, unknown>;
}

/**
 * RFC 7592 §2.2: whose registration it is must be said, and not contradicted.
 * @throws ClientMetadataError
 */
export function checkReplacement(body: Record<string, unknown>, client: Client): void {
  const sent = GIVEN_BY_SERVER.filter((member) => member in body);
  const faults: MetadataFault[] = sent.map((member) => ({ member, problem: 'must not be sent' }));
  if (body.client_id !== client.id) faults.push({ member: 'client_id', problem: 'must be that of the client' });
  const { client_secret: secret } = body;
  if (secret !== undefined && (typeof secret !== 'string' || !client.verifySecret(secret)))
    faults.push({ member: 'client_secret', problem: 'must be that of the client' });
  if (faults.length > 0) throw new ClientMetadataError(faults);
}

/** RFC 7591 §3.2.2, with the members that are at fault. */
export function toRegistrationError({ faults }: ClientMetadataError): OAuthError {
  const told = faults.slice(0, MAX_FAULTS).map(({ member, problem }) => `${nameOf(member)} ${problem}`);
  const description = `${told.join('; ')}.`;
  return faults.some(({ member }) => /^redirect_uris(\[|$)/.test(member))
    ? new InvalidRedirectUriError(description)
    : new InvalidClientMetadataError(description);
}

/** Of what the client called something only names that are known here are repeated. */
function nameOf(member: string): string {
  const [name = '', base = ''] = /^([a-z_]+)(\[\d{1,3}\])?/.exec(member) ?? [];
  const isKnown = isClientMetadataMember(base) || ['client_id', 'client_secret', ...GIVEN_BY_SERVER].includes(base);
  return isKnown ? name : 'A member';
}
