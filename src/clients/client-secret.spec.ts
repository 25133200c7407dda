import { generateClientId } from './client-secret.js';

describe('generateClientId', () => {
  const ids = Array.from({ length: 20_000 }, generateClientId);

  it('gives 24 base64url characters, never the same', () => {
    expect(ids.filter((id) => !/^[A-Za-z0-9_-]{24}$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('never begins with "-": command lines would take it for an option', () => {
    const beginnings = new Set(ids.map((id) => id[0]));
    expect(beginnings).not.toContain('-');
    expect(beginnings.size).toBe(63);
  });
});
