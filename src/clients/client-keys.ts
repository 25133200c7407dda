// The public keys of clients: registered with them, or at their jwks_uri, which is read when it must be and not more often.
// @see RFC 7591 §2, OIDC Core §10.1.1, §10.2.1 https://openid.net/specs/openid-connect-core-1_0.html#RotateSigKeys
import type { KeyObject } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { OutboundError } from '../outbound/outbound-error.js';
import { OutboundRequests } from '../outbound/outbound-requests.js';
import { type EncryptionKey, JwkSet } from '../common/jwk-set.js';

const MAX_BYTES = 128 * 1024;
const MAX_ENTRIES = 1_000;
/** How long a document counts, in milliseconds: what it says itself, between these. */
const MIN_AGE = 60_000;
const MAX_AGE = 86_400_000;
const DEFAULT_AGE = 600_000;
/** A document is asked for so often in so many milliseconds and no more, whoever sends unknown `kid`s. */
const MAX_READS = 2;
const INTERVAL = 15_000;
/** How long an old document still counts when there is no new one to be had. */
const MAX_STALE = 3_600_000;

/** Whose keys they are: a client, or somebody whom the operator trusts. */
export interface KeyHolder {
  /** For the log. */
  id: string;
  /** One of the two. */
  metadata: { jwks?: object; jwks_uri?: string };
}

interface Entry {
  keys?: JwkSet;
  /** Why it could not be read the last time. */
  fault?: string;
  /** Until when the keys count without asking. */
  freshUntil: number;
  /** When it was asked for, the last times. */
  asked: readonly number[];
}

/**
 * The public keys of clients: registered with them, or at their `jwks_uri`, which is read when it must be and not more
 * often.
 */
@Injectable()
export class ClientKeys {
  private readonly logger = new Logger(ClientKeys.name);
  private readonly registered = new WeakMap<object, JwkSet>();
  private readonly documents = new Map<string, Entry>();
  private readonly asking = new Map<string, Promise<Entry>>();

  constructor(private readonly outbound: OutboundRequests) {}

  /** The key that verifies what the client has signed; undefined when it has none, or several without a `kid`. */
  findVerificationKey(client: KeyHolder, header: { alg: string; kid?: string }): Promise<KeyObject | undefined> {
    return this.find(client, (keys) => keys.findVerificationKey(header));
  }

  /** The key with which something is encrypted for the client. */
  findEncryptionKey(client: KeyHolder, alg: string): Promise<EncryptionKey | undefined> {
    return this.find(client, (keys) => keys.findEncryptionKey(alg));
  }

  /** Could the keys not be read the last time? Then nobody knows whether there is one that was not found. */
  isAway({ metadata: { jwks_uri: uri } }: KeyHolder): boolean {
    return uri !== undefined && this.documents.get(uri)?.fault !== undefined;
  }

  private async find<T>(client: KeyHolder, choose: (keys: JwkSet) => T | undefined): Promise<T | undefined> {
    const { jwks, jwks_uri: uri } = client.metadata;
    if (jwks) {
      const keys = this.registeredKeys(jwks);
      return keys && choose(keys);
    }
    if (uri === undefined) return undefined;
    const known = this.fresh(uri)?.keys;
    const found = known && choose(known);
    if (found !== undefined) return found;
    // The client may have a new key since.
    const { keys } = await this.ask(client, uri);
    return keys && choose(keys);
  }

  private registeredKeys(jwks: object): JwkSet | undefined {
    let keys = this.registered.get(jwks);
    if (!keys) {
      keys = JwkSet.from(jwks);
      if (keys) this.registered.set(jwks, keys);
    }
    return keys;
  }

  private fresh(uri: string): Entry | undefined {
    const entry = this.documents.get(uri);
    return entry && entry.freshUntil > Date.now() ? entry : undefined;
  }

  /** Reads the document, unless that was tried too often; concurrent calls read once. */
  private ask(client: KeyHolder, uri: string): Promise<Entry> {
    const present = this.documents.get(uri);
    if (present?.asked.length === MAX_READS && Date.now() - present.asked[0] < INTERVAL)
      return Promise.resolve(present);
    let asked = this.asking.get(uri);
    if (!asked) {
      asked = this.read(client, uri, present).finally(() => this.asking.delete(uri));
      this.asking.set(uri, asked);
    }
    return asked;
  }

  private async read(client: KeyHolder, uri: string, present: Entry | undefined): Promise<Entry> {
    const now = Date.now();
    const asked = [...(present?.asked ?? []), now].slice(-MAX_READS);
    let entry: Entry;
    try {
      const accept = 'application/jwk-set+json, application/json';
      const { body, headers } = await this.outbound.get(uri, { accept, maxBytes: MAX_BYTES });
      const keys = JwkSet.from(JSON.parse(body.toString()));
      if (!keys) throw new SyntaxError('not a JWK Set');
      entry = { keys, asked, freshUntil: now + ageOf(headers['cache-control']) };
    } catch (error) {
      const why = error instanceof OutboundError ? error.failure : 'not a JWK Set';
      this.logger.warn(`jwks_uri of ${client.id} could not be read: ${why}`);
      const usable = present && now < present.freshUntil + MAX_STALE;
      entry = { keys: usable ? present.keys : undefined, fault: why, freshUntil: present?.freshUntil ?? 0, asked };
    }
    this.keep(uri, entry);
    return entry;
  }

  private keep(uri: string, entry: Entry): void {
    // The end of the map is what was read last.
    this.documents.delete(uri);
    this.documents.set(uri, entry);
    if (this.documents.size > MAX_ENTRIES) this.documents.delete(this.documents.keys().next().value as string);
  }
}

/** @see RFC 9111 §5.2.2 */
function ageOf(cacheControl = ''): number {
  if (/\bno-(store|cache)\b/i.test(cacheControl)) return MIN_AGE;
  const seconds = /(?:^|[\s,])max-age="?(\d{1,10})/i.exec(cacheControl)?.[1];
  return seconds === undefined ? DEFAULT_AGE : Math.min(Math.max(Number(seconds) * 1000, MIN_AGE), MAX_AGE);
}
