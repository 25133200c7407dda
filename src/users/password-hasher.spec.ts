import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { TemporarilyUnavailableError } from '../common/oauth-error.js';
import { Semaphore } from '../common/semaphore.js';
import { PasswordHasher, passwordFault } from './password-hasher.js';

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
    const began = performance.now();
    for (let i = 0; i < 1000; i++) await hasher.verify(undefined, 'x'.repeat(100_000));
    expect(performance.now() - began).toBeLessThan(500);
  });

  it('takes as long without a hash as with one', async () => {
    const stored = await hasher.hash('correct horse');
    const time = async (hash: string | undefined): Promise<number> => {
      const began = performance.now();
      await hasher.verify(hash, 'wrong horse');
      return performance.now() - began;
    };
    const withHash: number[] = [];
    const without: number[] = [];
    for (let i = 0; i < 20; i++) {
      withHash.push(await time(stored));
      without.push(await time(undefined));
    }
    const middle = (times: number[]): number => times.sort((a, b) => a - b)[10];
    const ratio = middle(without) / middle(withHash);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
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
