// How many registrations one address may try in an hour, where everybody may. Counted in the process, with a bound.
// @see RFC 7591 §5 https://www.rfc-editor.org/rfc/rfc7591#section-5
import { Injectable } from '@nestjs/common';
import { OAuthError } from '../../common/oauth-error.js';
import { ServerOptions } from '../../config/options.js';
import { addressOf, countedAddress } from '../../sessions/address.js';

const HOUR = 3_600_000;
const MAX_ADDRESSES = 10_000;

interface Window {
  count: number;
  endsAt: number;
}

@Injectable()
export class RegistrationLimiter {
  private readonly windows = new Map<string, Window>();

  constructor(private readonly options: ServerOptions) {}

  /** @throws OAuthError with the seconds to wait, when the address has tried too often */
  count(request: Parameters<typeof addressOf>[0]): void {
    const { registrationsPerHour: most } = this.options;
    const address = countedAddress(addressOf(request));
    if (most === 0 || address === undefined) return;
    const now = Date.now();
    const present = this.windows.get(address);
    const window = present && present.endsAt > now ? present : { count: 0, endsAt: now + HOUR };
    if (window.count >= most) throw tooMany(Math.ceil((window.endsAt - now) / 1000));
    window.count++;
    if (window === present) return;
    // The end of the map is what began last.
    this.windows.delete(address);
    this.windows.set(address, window);
    if (this.windows.size > MAX_ADDRESSES) this.windows.delete(this.windows.keys().next().value as string);
  }
}

function tooMany(seconds: number): OAuthError {
  const headers = { 'retry-after': String(seconds) };
  return new OAuthError('temporarily_unavailable', 429, 'Too many registrations from this address.', { headers });
}
