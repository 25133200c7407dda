// The document at a client's sector_identifier_uri: it must list every redirect URI of the client.
// @see OIDC Registration §5, OIDC Core §8.1 https://openid.net/specs/openid-connect-registration-1_0.html#SectorIdentifierValidation
import { Injectable, Logger } from '@nestjs/common';
import type { ClientMetadata, MetadataFault } from '../../clients/client-metadata.js';
import { TemporarilyUnavailableError } from '../../common/oauth-error.js';
import { Semaphore } from '../../common/semaphore.js';
import { OutboundError } from '../../outbound/outbound-error.js';
import { OutboundRequests } from '../../outbound/outbound-requests.js';

const MAX_BYTES = 64 * 1024;
/** Anybody can make the server read: few at a time, so that other requests of the server go out. */
const READING = 10;
const WAITING = 20;

@Injectable()
export class SectorIdentifiers {
  private readonly logger = new Logger(SectorIdentifiers.name);
  private readonly turns = new Semaphore(READING, WAITING);

  constructor(private readonly outbound: OutboundRequests) {}

  /** One and the same fault whatever happens: it tells nobody what is behind an address. */
  async faultOf(metadata: ClientMetadata): Promise<MetadataFault | undefined> {
    const { sector_identifier_uri: uri, redirect_uris: redirects } = metadata;
    if (uri === undefined) return undefined;
    if (this.turns.isFull) throw new TemporarilyUnavailableError('Too many registrations at this moment.', 5);
    const listed = await this.turns.run(() => this.read(uri));
    if (listed && redirects.every((redirect) => listed.includes(redirect))) return undefined;
    return { member: 'sector_identifier_uri', problem: 'must be the URL of a JSON list that has every redirect URI' };
  }

  private async read(uri: string): Promise<unknown[] | undefined> {
    try {
      const { body } = await this.outbound.get(uri, { accept: 'application/json', maxBytes: MAX_BYTES });
      const document: unknown = JSON.parse(body.toString());
      return Array.isArray(document) ? (document as unknown[]) : undefined;
    } catch (error) {
      const why = error instanceof OutboundError ? error.failure : 'not JSON';
      this.logger.warn(`A sector_identifier_uri could not be read: ${why}`);
      return undefined;
    }
  }
}
