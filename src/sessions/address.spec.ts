import { addressOf, countedAddress } from './address.js';

it.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  [undefined, ''],
])('the address %p is shown as %p', (ip, shown) => {
  expect(addressOf({ headers: {}, ip })).toBe(shown);
  expect(addressOf({ headers: {}, address: ip })).toBe(shown);
});

it.each([
  ['203.0.113.9', '203.0.113.9'],
  ['10.0.0.1', '10.0.0.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:0001:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::2', '0:0:0:0::/64'],
  ['127.0.0.1', undefined],
  ['127.1.2.3', undefined],
  ['::1', undefined],
  ['', undefined],
  ['unix:', undefined],
])('attempts from %p are counted under %p', (address, counted) => {
  expect(countedAddress(address)).toBe(counted);
});
