import { jest } from '@jest/globals';
import { fingerprintOf, isDue, isOver, succeed } from './token-lifetime.js';

const NOW = 1_000_000;

beforeEach(() => void jest.useFakeTimers({ now: NOW * 1000 }));
afterEach(() => void jest.useRealTimers());

it.each([
  ['61 s before its end', { expires_at: NOW + 61 }, false, false],
  ['60 s before its end', { expires_at: NOW + 60 }, true, false],
  ['at its end', { expires_at: NOW }, true, true],
  ['without an end', {}, false, false],
  ['16 s before the end of 30 s', { expires_at: NOW + 16, expires_in: 30 }, false, false],
  ['15 s before the end of 30 s', { expires_at: NOW + 15, expires_in: 30 }, true, false],
])('with a leeway of 60 s, %s', (_when, token, due, over) => {
  expect([isDue(token, 60), isOver(token)]).toEqual([due, over]);
});

it('tokens are the same by their credentials, and the name tells neither', () => {
  const token = { access_token: 'an-access-token', refresh_token: 'a-refresh-token' };
  const name = fingerprintOf(token);
  expect(fingerprintOf({ ...token, expires_at: NOW })).toBe(name);
  expect(fingerprintOf({ ...token, access_token: 'another' })).not.toBe(name);
  expect(fingerprintOf({ ...token, refresh_token: 'another' })).not.toBe(name);
  expect(name).not.toMatch(/token/);
});

it('a successor has what is new, what stays, and not the end of the one before', () => {
  const token = { access_token: 'a', refresh_token: 'r', scope: 'read', expires_in: 10, expires_at: NOW };
  expect(succeed(token, { access_token: 'b' })).toEqual({ access_token: 'b', refresh_token: 'r', scope: 'read' });
  expect(succeed(token, { access_token: 'b', refresh_token: 's', expires_in: 5, expires_at: NOW + 5 })).toEqual({
    access_token: 'b',
    refresh_token: 's',
    scope: 'read',
    expires_in: 5,
    expires_at: NOW + 5,
  });
});
