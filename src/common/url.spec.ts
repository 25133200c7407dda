import { parseUrl } from './url.js';

describe('parseUrl', () => {
  it('parses a host with an umlaut, also after many others', () => {
    for (let turn = 0; turn < 200_000; turn++) parseUrl(`https://a.example/${turn % 100}`);
    expect(parseUrl('https://bücher.example/')?.origin).toBe('https://xn--bcher-kva.example');
  });

  it.each(['', 'a.example', '/path', 'https://', 'http://[::1', 'https://a b.example'])(
    'finds no URL in %j',
    (value) => {
      expect(parseUrl(value)).toBeUndefined();
    },
  );
});
