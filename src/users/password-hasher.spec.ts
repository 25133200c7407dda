import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import * as argon2 from '@node-rs/argon2';
import { TemporarilyUnavailableError } from '../common/oauth-error.js';
import { Semaphore } from '../common/semaphore.js';

/** The hashes with which argon2 has compared passwords. */
const compared: string[] = [];
jest.unstable_mockModule('@node-rs/argon2', () => ({
  ...argon2,
  verify: (hash: string, password: string) => {
    compared.push(hash);
    return argon2.verify(hash, password);
  },
}));
const { PasswordHasher, passwordFault } = await import('./password-hasher.js');

describe('passwordFault', () => {
  it.each(['12345678', 'x'.repeat(128), '😀'.repeat(8), '😀'.repeat(128), 'pass word', 'pässwört', ' '.repeat(8)])(
    'allows %p',
    (password) => {
      expect(passwordFault(password)).toBeUndefined();
    },
  );

  it.each([
    ['7 characters', '1234567'],
    ['7 characters of two units', '😀'.repeat(7)],
    ['129 characters', 'x'.repeat(129)],
    ['what normalisation makes longer than 128', 'ﷺ'.repeat(100)],
    ['ten megabytes', 'x'.repeat(10_000_000)],
    ['NUL', '12345678\0'],
    ['a lone surrogate', '12345678\ud800'],
  ])('refuses %s', (_what, password) => {
    expect(passwordFault(password)).toEqual(expect.any(String));
  });
});

describe('PasswordHasher', () => {
  const hasher = new PasswordHasher();

  it('makes argon2id hashes with 19 MiB, two passes and a salt of their own', async () => {
    const [one, other] = await Promise.all([hasher.hash('correct horse'), hasher.hash('correct horse')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
    expect(await hasher.verify(one, 'correct horse')).toBe(true);
    expect(await hasher.verify(one, 'correct horsf')).toBe(false);
  });

  it('takes the ways to type a character for one', async () => {
    const stored = await hasher.hash('pa\u0308ssword ﬁ');
    expect(await hasher.verify(stored, 'p\u00e4ssword fi')).toBe(true);
    expect(await hasher.verify(stored, 'P\u00e4ssword fi')).toBe(false);
  });

  it('says no without a hash, even to the password behind the one it compares with', async () => {
    expect(await hasher.verify(undefined, 'abcdefgh')).toBe(false);
  });

  it('says no when the stored hash is broken', async () => {
    expect(await hasher.verify('$argon2id$broken', 'correct horse')).toBe(false);
  });

  it('does not hash what is longer than a password can be', async () => {
    compared.length = 0;
    expect(await hasher.verify(undefined, 'x'.repeat(100_000))).toBe(false);
    expect(compared).toEqual([]);
  });

  it('does the same work without a hash as with one', async () => {
    const stored = await hasher.hash('correct horse');
    compared.length = 0;
    await hasher.verify(stored, 'wrong horse');
    await hasher.verify(undefined, 'wrong horse');
    const work = (of: string): unknown[] => [of.split('$').slice(0, 4), of.length];
    expect(compared).toHaveLength(2);
    expect(work(compared[1])).toEqual(work(compared[0]));
  });

  it('answers that it is busy instead of queueing without end', async () => {
    const busy = new PasswordHasher();
    const semaphore = Reflect.get(busy, 'semaphore') as Semaphore;
    const held: Array<() => void> = [];
    while (!semaphore.isFull) void semaphore.run(() => new Promise<void>((done) => held.push(done)));
    const verifying = async (): Promise<boolean> => busy.verify(undefined, 'password');
    await expect(verifying()).rejects.toBeInstanceOf(TemporarilyUnavailableError);
    await expect(verifying()).rejects.toMatchObject({ details: { headers: { 'retry-after': '5' } } });
    while (!semaphore.isIdle) {
      held.splice(0).forEach((done) => done());
      await sleep(0);
    }
    expect(await verifying()).toBe(false);
  });
});
