import { generateUserCode, parseUserCode } from './user-code.js';

it('is eight of twenty consonants in two groups (RFC 8628 §6.1)', () => {
  const codes = Array.from({ length: 500 }, generateUserCode);
  for (const code of codes) expect(code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
  expect(new Set(codes).size).toBe(500);
  expect(new Set(codes.join('').replaceAll('-', '')).size).toBe(20);
});

it.each([
  'WDJB-MJHT',
  'wdjb-mjht',
  'WDJBMJHT',
  ' wdjb mjht ',
  'W D J B - M J H T',
  'WDJB–MJHT',
  'wdjb_mjht',
  'wdjb.mjht',
  'ＷＤＪＢ－ＭＪＨＴ',
  'WDJB\u2212MJHT',
])('is found in what people type: %s', (typed) => {
  expect(parseUserCode(typed)).toBe('WDJB-MJHT');
});

it.each(['', 'WDJB', 'WDJB-MJHTT', 'WDJA-MJHT', 'WDJB/MJHT', '1234-5678', 'WDJB-MJHТ', 'W'.repeat(101)])(
  'is not found in %s',
  (typed) => {
    expect(parseUserCode(typed)).toBeUndefined();
  },
);

it('does not wait for long texts', () => {
  expect(parseUserCode('-'.repeat(1_000_000))).toBeUndefined();
});
