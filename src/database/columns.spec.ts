// Items as columns, and arrays as text.
import { arrayText, columns } from './columns.js';

describe('columns', () => {
  it('gives one array per value, in the order of the items', () => {
    const items = [
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ];
    expect(columns(items, ({ id, name }) => [id, name])).toEqual([
      [1, 2],
      ['a', 'b'],
    ]);
  });
});

describe('arrayText', () => {
  it('quotes what has a meaning in the text of an array', () => {
    expect(arrayText(['read', 'a "b"', 'c\\d', 'e,f', 'null', ''])).toBe(
      '{"read","a \\"b\\"","c\\\\d","e,f","null",""}',
    );
  });

  it('tells an empty array from none', () => {
    expect([arrayText([]), arrayText(undefined), arrayText(null)]).toEqual(['{}', null, null]);
  });
});
