import { acceptedLanguages, lookUpLanguage, requestedLanguages } from './language.js';

describe('acceptedLanguages', () => {
  it.each([
    ['de', ['de']],
    ['fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5', ['fr-CH', 'fr', 'en', 'de']],
    ['en;q=0.3,ja;q=0.7,es', ['es', 'ja', 'en']],
    ['de;q=0.5, fr;q=0.5', ['de', 'fr']],
    ['de ; q=0.1 , fr', ['fr', 'de']],
    ['de;q=1.000, fr;q=0.999', ['de', 'fr']],
  ])('reads %j by its q-values (RFC 9110 §12.5.4)', (header, languages) => {
    expect(acceptedLanguages(header)).toEqual(languages);
  });

  it('leaves out what is refused', () => {
    expect(acceptedLanguages('de;q=0, fr;q=0.0, en')).toEqual(['en']);
  });

  it.each([
    undefined,
    '',
    ',,,',
    ';q=1',
    'de;q=2',
    'de;q=x',
    'de;q=',
    '../../etc/passwd',
    'de_DE',
    'a'.repeat(9),
    'de\0',
    '-de',
    'dé',
  ])('finds nothing in %j', (header) => expect(acceptedLanguages(header)).toEqual([]));

  it('looks at twenty languages of a long header', () => {
    const header = Array.from({ length: 5000 }, (_, index) => `a-${index}`).join(',');
    expect(acceptedLanguages(header)).toHaveLength(20);
  });
});

describe('requestedLanguages', () => {
  it('keeps the order of preference (OIDC Core §3.1.2.1)', () => {
    expect(requestedLanguages('fr-CA fr  en')).toEqual(['fr-CA', 'fr', 'en']);
  });

  it('leaves out what is malformed', () => {
    expect(requestedLanguages('../../x de;q=1 \0 <b> es')).toEqual(['es']);
    expect(requestedLanguages('de'.repeat(100_000))).toEqual([]);
    expect(requestedLanguages(undefined)).toEqual([]);
  });
});

describe('lookUpLanguage', () => {
  const ours = ['en', 'de', 'fr', 'es', 'zh', 'ja'];

  it.each([
    ['de', 'de'],
    ['DE-at', 'de'],
    ['de-DE-1996', 'de'],
    ['zh-Hans-CN', 'zh'],
    ['zh-Hant-TW', 'zh'],
    ['zh-TW', 'zh'],
    ['es-419', 'es'],
    ['ja-x-custom', 'ja'],
  ])('makes %s more general until there is one (RFC 4647 §3.4)', (range, tag) => {
    expect(lookUpLanguage([range], ours)).toBe(tag);
  });

  it('takes the first range that has one', () => {
    expect(lookUpLanguage(['it', 'fr-CH', 'de'], ours)).toBe('fr');
  });

  it('prefers the variant that is asked for', () => {
    expect(lookUpLanguage(['de-AT'], ['de', 'de-AT'])).toBe('de-AT');
    expect(lookUpLanguage(['de'], ['de-AT', 'de'])).toBe('de');
  });

  it.each(['zh-TW', 'zh-Hant', 'zh-HK'])('finds the script in which %s is written', (range) => {
    expect(lookUpLanguage([range], ['zh', 'zh-Hant'])).toBe('zh-Hant');
    expect(lookUpLanguage(['zh-CN'], ['zh', 'zh-Hant'])).toBe('zh');
  });

  it.each(['it', 'x-de', 'd', 'i-klingon', 'deu', '__proto__', 'constructor', 'aaaaaaaa-bbbbbbbb'])(
    'finds none for %s',
    (range) => expect(lookUpLanguage([range], ours)).toBeUndefined(),
  );
});
