// A document of an issuer's, kept in the process: read when it is needed, again when it is old, and no more often than
// the cool-down allows, whoever asks. While the issuer is away the old one serves on.
// @see RFC 9111 §4.2 https://www.rfc-editor.org/rfc/rfc9111#section-4.2
import { Logger } from '@nestjs/common';
import { TokenVerificationUnavailableError } from '../unavailable-error.js';

/** All in milliseconds. */
export interface DocumentTimes {
  /** At least so long between two reads. */
  cooldown: number;
  /** So long after its freshness a document is used while the issuer is away. */
  maxStale: number;
}

export interface FreshDocument<T> {
  value: T;
  cacheControl: string;
}

/** How long a document counts, in milliseconds: what it says itself, between these. */
const MIN_AGE = 60_000;
const MAX_AGE = 86_400_000;
const DEFAULT_AGE = 600_000;
/** So long after its freshness nobody waits for the next one: a busy application never does. */
const PATIENCE = 60_000;

export class IssuerDocumentCache<T> {
  private readonly logger = new Logger('ResourceServer');
  private value?: T;
  private freshUntil = 0;
  private readAt = -Infinity;
  private failing = false;
  private reading?: Promise<void>;

  constructor(
    private readonly read: () => Promise<FreshDocument<T>>,
    private readonly times: DocumentTimes,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The document when nobody has to wait for it. */
  get present(): T | undefined {
    return this.now() < this.freshUntil ? this.value : undefined;
  }

  /** @throws TokenVerificationUnavailableError when there is none, and none to be had */
  async get(): Promise<T> {
    const late = this.now() - this.freshUntil;
    // Nobody waits again and again for an issuer that is away.
    const mayWait = late > PATIENCE && !this.failing;
    if (this.value === undefined || mayWait) await this.refresh();
    else if (late >= 0) void this.refresh();
    return this.usable();
  }

  /**
   * After something was asked for that is not in the document: the next one, if it may be read.
   * @returns undefined when this one is as new as can be
   * @throws TokenVerificationUnavailableError when the issuer is away, so that nobody can tell
   */
  async getNewer(): Promise<T | undefined> {
    const before = this.value;
    await this.refresh();
    if (this.failing) throw unavailable();
    return this.value === before ? undefined : this.usable();
  }

  private usable(): T {
    if (this.value === undefined || this.now() > this.freshUntil + this.times.maxStale) throw unavailable();
    return this.value;
  }

  /** Concurrent calls read once. */
  private async refresh(): Promise<void> {
    if (!this.reading) {
      if (this.now() - this.readAt < this.times.cooldown) return;
      this.readAt = this.now();
      this.reading = this.readNow().finally(() => (this.reading = undefined));
    }
    await this.reading;
  }

  private async readNow(): Promise<void> {
    try {
      const { value, cacheControl } = await this.read();
      this.value = value;
      this.freshUntil = this.now() + ageOf(cacheControl);
      this.failing = false;
    } catch (error) {
      this.failing = true;
      // What could not be had for it has been told of.
      if (!(error instanceof TokenVerificationUnavailableError))
        this.logger.warn(error instanceof Error ? error.message : String(error));
    }
  }
}

function unavailable(): TokenVerificationUnavailableError {
  return new TokenVerificationUnavailableError('The issuer cannot be asked.');
}

/** @see RFC 9111 §5.2.2 */
function ageOf(cacheControl: string): number {
  if (/\bno-(store|cache)\b/i.test(cacheControl)) return MIN_AGE;
  const seconds = /(?:^|[\s,])max-age="?(\d{1,10})/i.exec(cacheControl)?.[1];
  return seconds === undefined ? DEFAULT_AGE : Math.min(Math.max(Number(seconds) * 1000, MIN_AGE), MAX_AGE);
}
