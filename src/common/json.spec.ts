import { jsonFault } from './json.js';

describe('jsonFault', () => {
  it('finds nothing wrong with ordinary JSON', () => {
    expect(jsonFault({ a: ['text', 1, null, true, { b: 'ü 𝄞' }] })).toBeUndefined();
    expect(jsonFault(undefined)).toBeUndefined();
  });

  it.each([
    ['NUL', { a: { b: ['x', 'y\0'] } }, 'a.b[1]'],
    ['a lone surrogate', { a: 'x\ud800' }, 'a'],
    ['NUL in a name', { a: { 'x\0': 1 } }, 'a'],
    ['NUL in a name at the top', { 'x\0': 1 }, 'body'],
    ['a name that reaches a prototype', { a: [{ constructor: { prototype: 1 } }] }, 'a[0].constructor'],
    ['an own __proto__', JSON.parse('{ "__proto__": 1 }') as object, '__proto__'],
  ])('finds %s', (_, json, member) => {
    expect(jsonFault(json)?.member).toBe(member);
  });

  it('survives any nesting, and refuses more than anybody needs', () => {
    const deep = JSON.parse('['.repeat(60_000) + ']'.repeat(60_000)) as unknown;
    expect(jsonFault({ deep })?.problem).toContain('nested');
  });
});
