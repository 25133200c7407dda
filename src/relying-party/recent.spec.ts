import { jest } from '@jest/globals';
import { Recent } from './recent.js';

beforeEach(() => void jest.useFakeTimers({ now: 0 }));
afterEach(() => void jest.useRealTimers());

it('gives what was remembered, until its time is over', () => {
  const recent = new Recent<string>(1000, 10);
  recent.set('a', 'first');
  jest.setSystemTime(999);
  expect(recent.get('a')).toBe('first');
  jest.setSystemTime(1000);
  expect(recent.get('a')).toBeUndefined();
});

it('what is remembered again lasts from then on', () => {
  const recent = new Recent<string>(1000, 10);
  recent.set('a', 'first');
  jest.setSystemTime(900);
  recent.set('a', 'second');
  jest.setSystemTime(1800);
  expect(recent.get('a')).toBe('second');
});

it('never holds more than its limit: the oldest goes', () => {
  const recent = new Recent<number>(1000, 2);
  recent.set('a', 1);
  recent.set('b', 2);
  recent.set('a', 3);
  recent.set('c', 4);
  expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([3, undefined, 4]);
});

it('forgets what is deleted', () => {
  const recent = new Recent<number>(1000, 2);
  recent.set('a', 1);
  recent.delete('a');
  expect(recent.get('a')).toBeUndefined();
});
