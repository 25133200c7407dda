// Request objects at URLs that their clients have registered. A fragment that is the SHA-256 hash of the object is
// verified unless it is registered itself, where it may also be any other text that tells versions apart.
// @see RFC 9101 §5.2, OIDC Core §6.2 https://openid.net/specs/openid-connect-core-1_0.html#RequestUriParameter
import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Client } from '../../clients/client.js';
import { InvalidRequestUriError, TemporarilyUnavailableError } from '../../common/oauth-error.js';
import { OutboundError } from '../../outbound/outbound-error.js';
import { OutboundRequests } from '../../outbound/outbound-requests.js';
import { MAX_REQUEST_OBJECT_LENGTH } from './request-object-length.js';

/** Servers of clients differ in how they call it, so that any type will do. */
const ACCEPT = 'application/oauth-authz-req+jwt, application/jwt, */*;q=0.1';
/** Fewer than all outbound requests: whoever registers slow servers does not stop the others. */
const MAX_CONCURRENT = 50;
const MAX_KEPT = 200;
/** Seconds after which the browser may try again when too many are being read. */
const RETRY_AFTER = 5;

interface Document {
  text: string;
  /** As a fragment names it. */
  hash: string;
}

@Injectable()
export class RequestUris {
  /** By URL with the hash of what is there: it cannot change. */
  private readonly kept = new Map<string, string>();
  private readonly reading = new Map<string, Promise<Document>>();

  constructor(private readonly outbound: OutboundRequests) {}

  /**
   * The request object at one of the client's URLs.
   * @throws InvalidRequestUriError when it is none of them, or there is nothing to be had
   * @throws TemporarilyUnavailableError when too many are being read
   */
  async read(client: Client, uri: string): Promise<string> {
    const registered = client.metadata.request_uris ?? [];
    const [location, ...fragments] = uri.split('#');
    const fragment = fragments.join('#');
    const isRegistered = registered.includes(uri);
    if (!isRegistered && !(fragment !== '' && registered.includes(location)))
      throw new InvalidRequestUriError('The request_uri is not registered for this client.');
    const kept = this.kept.get(uri);
    if (kept !== undefined) return kept;
    const document = await this.readOnce(location);
    if (document.hash === fragment) this.keep(uri, document.text);
    else if (!isRegistered)
      throw new InvalidRequestUriError('The fragment of the request_uri is not the hash of what is there.');
    return document.text;
  }

  /** Concurrent calls for one URL read once. */
  private readOnce(location: string): Promise<Document> {
    let reading = this.reading.get(location);
    if (!reading) {
      if (this.reading.size >= MAX_CONCURRENT) throw busy();
      reading = this.readFrom(location).finally(() => this.reading.delete(location));
      this.reading.set(location, reading);
    }
    return reading;
  }

  private async readFrom(location: string): Promise<Document> {
    try {
      const { body } = await this.outbound.get(location, { accept: ACCEPT, maxBytes: MAX_REQUEST_OBJECT_LENGTH });
      return { text: body.toString().trim(), hash: hash('sha256', body, 'base64url') };
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      if (error.failure === 'busy') throw busy();
      throw new InvalidRequestUriError('There is no request object at the request_uri.', { reason: error.message });
    }
  }

  private keep(uri: string, text: string): void {
    this.kept.set(uri, text);
    if (this.kept.size > MAX_KEPT) this.kept.delete(this.kept.keys().next().value as string);
  }
}

function busy(): TemporarilyUnavailableError {
  return new TemporarilyUnavailableError('Too many request objects are being read.', RETRY_AFTER);
}
