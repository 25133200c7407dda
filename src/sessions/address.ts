// Addresses of clients: as text for people, and as what sign-in attempts are counted by.
import { isIPv4, isIPv6 } from 'node:net';
import type { BrowserRequest } from './cookies.js';

const MAX_LENGTH = 100;

/** The client's address, as far as trusted proxies tell; IPv4 in its own form. */
export function addressOf(request: BrowserRequest): string {
  const address = (request.ip ?? request.address ?? '').slice(0, MAX_LENGTH);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? address.replace(/%.*$/, '');
}

/**
 * What attempts from an address are counted under: an IPv4 address, or the /64 network that one IPv6 customer has.
 * Undefined for the machine itself and for no address at all: a proxy that is not in TRUST_PROXY is everybody.
 */
export function countedAddress(address: string): string | undefined {
  if (isIPv4(address)) return address.startsWith('127.') ? undefined : address;
  if (!isIPv6(address) || address === '::1') return undefined;
  return `${groupsOf(address).slice(0, 4).join(':')}::/64`;
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  // URL knows every way to write one, and brings it into the shortest.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  return tail === undefined ? first : [...first, ...Array<string>(8 - first.length - last.length).fill('0'), ...last];
}
