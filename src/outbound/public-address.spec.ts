// Addresses of the public Internet, and all those that are not.
import { isPublicAddress } from './public-address.js';

it.each(['1.1.1.1', '9.255.255.255', '100.63.255.255', '100.128.0.0', '172.15.0.1', '172.32.0.1', '223.255.255.255'])(
  'takes %s',
  (address) => expect(isPublicAddress(address)).toBe(true),
);

it.each(['2606:4700:4700::1111', '2001:4860:4860::8888', '2a00:1450::1'])('takes %s', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

it.each([
  ['this network', '0.0.0.0'],
  ['loopback', '127.0.0.1'],
  ['loopback, its end', '127.255.255.254'],
  ['private', '10.1.2.3'],
  ['private', '172.16.0.1'],
  ['private', '172.31.255.255'],
  ['private', '192.168.1.1'],
  ["a carrier's NAT", '100.64.0.1'],
  ["a carrier's NAT, its end", '100.127.255.255'],
  ['link-local, the metadata of clouds', '169.254.169.254'],
  ['protocol assignments', '192.0.0.8'],
  ['documentation', '203.0.113.9'],
  ['benchmarks', '198.19.0.1'],
  ['multicast', '224.0.0.1'],
  ['multicast', '239.255.255.250'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
])('refuses IPv4 of %s: %s', (_, address) => {
  expect(isPublicAddress(address)).toBe(false);
});

it.each([
  ['nobody', '::'],
  ['loopback', '::1'],
  ['loopback in full', '0:0:0:0:0:0:0:1'],
  ['mapped IPv4', '::ffff:127.0.0.1'],
  ['mapped IPv4 in hexadecimal', '::ffff:7f00:1'],
  ['mapped IPv4 that is public', '::ffff:1.1.1.1'],
  ['compatible IPv4', '::127.0.0.1'],
  ['translated IPv4', '64:ff9b::7f00:1'],
  ['locally translated IPv4', '64:ff9b:1::a00:1'],
  ['6to4', '2002:7f00:1::'],
  ['Teredo', '2001::1'],
  ['documentation', '2001:db8::1'],
  ['documentation', '3fff::1'],
  ['discard', '100::1'],
  ['unique-local', 'fd00::1'],
  ['unique-local', 'fc00::1'],
  ['link-local', 'fe80::1'],
  ['link-local with a zone', 'fe80::1%eth0'],
  ['a public one with a zone', '2606:4700:4700::1111%eth0'],
  ['site-local', 'fec0::1'],
  ['multicast', 'ff02::1'],
])('refuses IPv6 of %s: %s', (_, address) => {
  expect(isPublicAddress(address)).toBe(false);
});

it.each(['', 'localhost', '127.1', '2130706433', '0x7f000001', '1.1.1', '[2606:4700:4700::1111]'])(
  'refuses what is no address: %j',
  (address) => expect(isPublicAddress(address)).toBe(false),
);
