import { localized } from './localized.js';

const metadata = {
  client_name: 'Shop',
  'client_name#de': 'Laden',
  'client_name#fr-CA': 'Magasin',
  'client_name#zh-Hans': '商店',
  client_uri: 'https://shop.example/',
};

describe('localized', () => {
  it.each([
    ['de', 'Laden'],
    ['DE', 'Laden'],
    ['de-AT', 'Laden'],
    ['fr', 'Magasin'],
    ['zh', '商店'],
    ['en', 'Shop'],
    ['d', 'Shop'],
  ])('finds the name for readers of %s (OIDC Registration §2.1)', (language, name) => {
    expect(localized(metadata, 'client_name', language)).toBe(name);
  });

  it('finds what has no language, or nothing', () => {
    expect(localized(metadata, 'client_uri', 'de')).toBe('https://shop.example/');
    expect(localized(metadata, 'tos_uri', 'de')).toBeUndefined();
    expect(localized({}, 'client_name', 'de')).toBeUndefined();
  });
});
