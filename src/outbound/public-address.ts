// Which addresses the server may connect to on behalf of others: those of the public Internet, by the registries of
// special-purpose addresses.
// @see RFC 6890 §2.2 https://www.rfc-editor.org/rfc/rfc6890#section-2.2
import { BlockList, isIPv4, isIPv6 } from 'node:net';

const SPECIAL_IPV4 = blockList('ipv4', [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // behind a carrier's NAT
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, and the metadata of clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/3', // multicast, reserved, broadcast
]);
/** What is outside is loopback, unique-local, link-local, multicast, IPv4 in disguise (::ffff:, 64:ff9b::) or nobody's. */
const GLOBAL_UNICAST = blockList('ipv6', ['2000::/3']);
const SPECIAL_IPV6 = blockList('ipv6', [
  '2001::/23', // protocol assignments, among them Teredo
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4, which holds an IPv4 address
  '3fff::/20', // documentation
]);

export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !SPECIAL_IPV4.check(address);
  // A zone names an interface of this machine.
  if (!isIPv6(address) || address.includes('%')) return false;
  return GLOBAL_UNICAST.check(address, 'ipv6') && !SPECIAL_IPV6.check(address, 'ipv6');
}

function blockList(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address, prefix] = range.split('/');
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
