// Credentials: no two alike, their time in front.
import { generateCredential, generateSuccessorSalt } from './credential.js';

const bytesOf = (credential: string): Buffer => Buffer.from(credential, 'base64url');

describe('credentials', () => {
  it('share no eight random bytes, however many are generated', () => {
    const parts = new Set<string>();
    let count = 0;
    for (let index = 0; index < 2000; index++) {
      for (const random of [bytesOf(generateCredential()).subarray(4), generateSuccessorSalt().subarray(4)]) {
        for (let at = 0; at + 8 <= random.length; at += 8, count++) parts.add(random.toString('hex', at, at + 8));
      }
    }
    expect(count).toBe(2000 * (4 + 2));
    expect(parts.size).toBe(count);
  });

  it('begin with the time, in seconds', () => {
    const before = Math.floor(Date.now() / 1000);
    const times = [bytesOf(generateCredential()), generateSuccessorSalt()].map((bytes) => bytes.readUInt32BE(0));
    const after = Math.floor(Date.now() / 1000);
    for (const time of times) expect(time >= before && time <= after).toBe(true);
  });
});
