// How much one address may ask for in an hour, where everybody may ask. Counted in the process, with a bound.
// @see RFC 7591 §5, RFC 8628 §5.1 https://www.rfc-editor.org/rfc/rfc7591#section-5
import { OAuthError } from '../common/oauth-error.js';
import { addressOf, countedAddress } from '../sessions/address.js';

const HOUR = 3_600_000;
const MAX_ADDRESSES = 10_000;

interface Window {
  count: number;
  endsAt: number;
}

export class HourlyLimit {
  private readonly windows = new Map<string, Window>();

  /**
   * @param most requests of one address in an hour; 0: any number
   * @param what there are too many of, in words
   */
  constructor(
    private readonly most: number,
    private readonly what: string,
  ) {}

  /** @throws OAuthError with the seconds to wait, when the address has asked too often */
  count(request: Parameters<typeof addressOf>[0]): void {
    const address = countedAddress(addressOf(request));
    if (this.most === 0 || address === undefined) return;
    const now = Date.now();
    const present = this.windows.get(address);
    const window = present && present.endsAt > now ? present : { count: 0, endsAt: now + HOUR };
    if (window.count >= this.most) throw this.tooMany(Math.ceil((window.endsAt - now) / 1000));
    window.count++;
    if (window === present) return;
    // The end of the map is what began last.
    this.windows.delete(address);
    this.windows.set(address, window);
    if (this.windows.size > MAX_ADDRESSES) this.windows.delete(this.windows.keys().next().value as string);
  }

  private tooMany(seconds: number): OAuthError {
    const headers = { 'retry-after': String(seconds) };
    return new OAuthError('temporarily_unavailable', 429, `Too many ${this.what} from this address.`, { headers });
  }
}
