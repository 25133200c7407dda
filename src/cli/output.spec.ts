import { details, table, visible } from './output.js';

describe('what commands print', () => {
  it('stands in columns as wide as their widest cell', () => {
    expect(
      table(
        ['ID', 'NAME', ''],
        [
          ['a', 'An app', ''],
          ['long-id', undefined, 'disabled'],
        ],
      ),
    ).toBe(['ID       NAME', 'a        An app', 'long-id          disabled'].join('\n'));
    expect(
      table(
        ['A', 'B'],
        [
          ['日本', 'x'],
          ['é', 'y'],
        ],
      ),
    ).toBe(['A     B', '日本  x', 'é     y'].join('\n'));
  });

  it('leaves out what is empty', () => {
    expect(details({ a: 1, list: ['x', 'y'], none: undefined, nothing: [], no: false })).toBe(
      '  a     1\n  list  x y\n  no    false',
    );
    expect(details({ at: new Date(0) })).toBe('  at  1970-01-01 00:00:00 UTC');
  });

  it('cannot move the cursor or turn the text round', () => {
    expect(visible('a\u001b[2Jb\u0007\u202ec\u200bd')).toBe('a\ufffd[2Jb\ufffd\ufffdc\ufffdd');
    expect(table(['A'], [['x\ny']])).toBe('A\nx\ufffdy');
  });
});
