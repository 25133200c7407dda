import { canonicalEmail, canonicalLogin, canonicalUsername, emailFault, usernameFault } from './canonical.js';

describe('canonicalUsername', () => {
  it.each([
    ['Alice', 'alice'],
    ['  alice ', 'alice'],
    ['ＡＬＩＣＥ', 'alice'],
    ['ﬁona', 'fiona'],
    ['STRASSE', 'straße'],
    ['ΟΔΟΣ', 'οδος'],
    ['ıvan', 'ivan'],
    ['e\u0301milie', 'ÉMILIE'],
  ])('takes %p and %p for the same name', (one, other) => {
    expect(canonicalUsername(one)).toBe(canonicalUsername(other));
  });

  it('keeps different names apart', () => {
    expect(canonicalUsername('alice')).not.toBe(canonicalUsername('alicé'));
    expect(canonicalUsername('a b')).not.toBe(canonicalUsername('ab'));
  });

  it('changes nothing the second time', () => {
    for (const name of ['İstanbul', 'ΟΔΟΣ', 'ǅ', 'ŉ', 'ﬃ', 'ⓐ', 'K', 'Å', 'ſ', 'ᾳ']) {
      expect(canonicalUsername(canonicalUsername(name))).toBe(canonicalUsername(name));
    }
  });
});

describe('usernameFault', () => {
  it.each(['alice', 'a', 'Zoë', '山田太郎', 'علی', 'Jane Doe', "o'neil", 'a.b-c_d+e', 'x'.repeat(64), '😀'.repeat(64)])(
    'allows %p',
    (name) => {
      expect(usernameFault(name)).toBeUndefined();
    },
  );

  it.each([
    ['an empty one', ''],
    ['spaces only', '   '],
    ['65 characters', 'x'.repeat(65)],
    ['what normalisation makes longer than 64', 'ﷺ'.repeat(10)],
    ['a megabyte', 'x'.repeat(1_000_000)],
    ['an e-mail address', 'alice@example.com'],
    ['a wide @', 'alice＠example.com'],
    ['a line break', 'ali\nce'],
    ['NUL', 'ali\0ce'],
    ['DEL', 'alice\x7f'],
    ['a zero-width space', 'ali\u200bce'],
    ['a zero-width joiner', 'ali\u200dce'],
    ['a soft hyphen', 'ali\u00adce'],
    ['a right-to-left override', 'ali\u202ece'],
    ['a bidi isolate', 'ali\u2066ce'],
    ['a byte order mark', '\ufeffalice'],
    ['a Hangul filler', 'alice\u3164'],
    ['a variation selector', 'alice\ufe0f'],
    ['a blank Braille pattern', 'alice\u2800'],
    ['a private character', 'alice\ue000'],
    ['an unassigned one', 'alice\u0378'],
    ['a lone surrogate', 'alice\ud800'],
    ['a tab', 'ali\tce'],
    ['two spaces', 'ali  ce'],
    ['a line separator', 'ali\u2028ce'],
    ['an accent with nothing below', '\u0301alice'],
  ])('refuses %s', (_what, name) => {
    expect(usernameFault(name)).toEqual(expect.any(String));
  });
});

describe('e-mail addresses', () => {
  it('compares them without case, also before the @', () => {
    expect(canonicalEmail(' Alice@Example.COM ')).toBe('alice@example.com');
    expect(canonicalEmail('mıke@example.com')).toBe(canonicalEmail('MIKE@example.com'));
  });

  it.each(['alice@example.com', 'a.b+c@mail.example.co.uk', 'zoë@exämple.de', 'root@localhost', "o'neil@example.com"])(
    'allows %p',
    (email) => {
      expect(emailFault(email)).toBeUndefined();
    },
  );

  it.each([
    'alice',
    '@example.com',
    'alice@',
    'a@b@c.example',
    'alice@.example.com',
    'alice@example..com',
    'alice@example.com.',
    'ali ce@example.com',
    'alice@example.com\r\nBcc: bob@example.com',
    'Alice <alice@example.com>',
    'ali\u200bce@example.com',
    'alice@example.com,bob@example.com',
    `${'a'.repeat(65)}@example.com`,
    `alice@${'a'.repeat(250)}.com`,
  ])('refuses %p', (email) => {
    expect(emailFault(email)).toEqual(expect.any(String));
  });
});

it('tells e-mail addresses from user names at sign-in', () => {
  expect(canonicalLogin('ALICE')).toBe('alice');
  expect(canonicalLogin('Alice@Example.com')).toBe('alice@example.com');
});
