import { jest } from '@jest/globals';
import { type EndedSessions, hasEnded, MemorySessionStore, type RemoteSession } from './session-store.js';

const ISSUER = 'https://op.example';

function session(members: Partial<RemoteSession> = {}): RemoteSession {
  return {
    provider: 'op',
    issuer: ISSUER,
    subject: 'alice',
    user: { sub: 'alice' },
    token: { access_token: 'token' },
    startedAt: 1,
    usedAt: 1,
    ...members,
  };
}

afterEach(() => jest.restoreAllMocks());

it('forgets a session when its time is over', () => {
  const store = new MemorySessionStore();
  store.create('key', session(), 60);
  expect(store.find('key')).toEqual(session());
  const time = Date.now() + 60_000;
  jest.spyOn(Date, 'now').mockImplementation(() => time);
  expect(store.find('key')).toBeUndefined();
});

it('changes what is said, and gives a session more time', () => {
  const store = new MemorySessionStore();
  store.create('key', session(), 60);
  store.update('key', { token: { access_token: 'next' } }, 120);
  const time = Date.now() + 60_000;
  jest.spyOn(Date, 'now').mockImplementation(() => time);
  expect(store.find('key')).toEqual(session({ token: { access_token: 'next' } }));
});

it('brings no session back by a change', () => {
  const store = new MemorySessionStore();
  store.create('key', session(), 60);
  store.delete('key');
  store.update('key', { usedAt: 2 }, 60);
  expect(store.find('key')).toBeUndefined();
});

it('makes room for a new session: the one goes that nobody used for the longest time', () => {
  const store = new MemorySessionStore(2);
  store.create('first', session(), 60);
  store.create('second', session(), 60);
  store.find('first');
  store.create('third', session(), 60);
  expect(['first', 'second', 'third'].map((key) => store.find(key) !== undefined)).toEqual([true, false, true]);
});

it.each<[string, Partial<EndedSessions>, boolean]>([
  ['the session', { sid: 's1' }, true],
  ['another session', { sid: 's2' }, false],
  ['the user', { subject: 'alice' }, true],
  ['another user', { subject: 'bob' }, false],
  ['the session of another user', { sid: 's1', subject: 'bob' }, false],
  ['the session of another issuer', { sid: 's1', issuer: 'https://else.example' }, false],
  ['the session of another provider', { sid: 's1', provider: 'other' }, false],
  ['nobody', {}, false],
])('tells whether %s has ended', (_who, ended, expected) => {
  expect(hasEnded(session({ sid: 's1' }), { provider: 'op', issuer: ISSUER, ...ended })).toBe(expected);
});

it('ends a session whose ID token named none with any session of its user, and by no other', () => {
  const ended = (members: Partial<EndedSessions>): boolean =>
    hasEnded(session(), { provider: 'op', issuer: ISSUER, sid: 's1', ...members });
  expect([ended({ subject: 'alice' }), ended({ subject: 'bob' }), ended({})]).toEqual([true, false, false]);
});

it('deletes what has ended, and nothing else', () => {
  const store = new MemorySessionStore();
  store.create('here', session({ sid: 's1' }), 60);
  store.create('there', session({ sid: 's2' }), 60);
  store.create('bob', session({ subject: 'bob' }), 60);
  store.deleteEnded({ provider: 'op', issuer: ISSUER, subject: 'alice' });
  expect(['here', 'there', 'bob'].map((key) => store.find(key) !== undefined)).toEqual([false, false, true]);
});
