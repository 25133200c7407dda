import { Sealer } from '../common/sealer.js';
import { ServerOptions } from '../config/options.js';
import { Browser } from './browser.js';
import { Cookies } from './cookies.js';
import { Csrf, isSameOrigin } from './csrf.js';

const KEYS = ['first-secret-key-first-secret-key', 'other-secret-key-other-secret-key'];
const ORIGIN = 'http://localhost:3000';
const BROWSER = 'B'.repeat(32);

function csrfOf(...secretKeys: string[]): Csrf {
  const options = ServerOptions.from({ issuer: ORIGIN, secretKeys, databaseUrl: 'postgres://localhost/x' });
  return new Csrf(new Sealer(secretKeys), new Browser(new Cookies(options)), options);
}

describe('form tokens', () => {
  const csrf = csrfOf(KEYS[0]);

  it('are good for the browser and session they were made for', () => {
    expect(csrf.verify(csrf.token(BROWSER), BROWSER)).toBe(true);
    expect(csrf.verify(csrf.token(BROWSER, 's'), BROWSER, 's')).toBe(true);
    expect(csrf.token(BROWSER)).not.toBe(csrf.token(BROWSER));
  });

  it('are good nowhere else', () => {
    const token = csrf.token(BROWSER, 's');
    expect(csrf.verify(token, BROWSER)).toBe(false);
    expect(csrf.verify(token, BROWSER, 'other')).toBe(false);
    expect(csrf.verify(token, 'C'.repeat(32), 's')).toBe(false);
    expect(csrf.verify(csrf.token(BROWSER), BROWSER, 's')).toBe(false);
    expect(csrfOf(KEYS[1]).verify(token, BROWSER, 's')).toBe(false);
  });

  it.each([undefined, '', '.', 'x', 'A'.repeat(12) + '.' + 'A'.repeat(43), 'A'.repeat(10_000)])(
    'are not %p',
    (token) => {
      expect(csrf.verify(token, BROWSER)).toBe(false);
    },
  );

  it('survive a rotation of the secret keys', () => {
    expect(csrfOf(KEYS[1], KEYS[0]).verify(csrf.token(BROWSER), BROWSER)).toBe(true);
  });

  it('need the cookie of the browser and an origin of ours', () => {
    const token = csrf.token(BROWSER);
    const cookie = `nas_browser_3000=${BROWSER}`;
    expect(csrf.accepts({ headers: { cookie } }, token)).toBe(true);
    expect(csrf.accepts({ headers: {} }, token)).toBe(false);
    expect(csrf.accepts({ headers: { cookie, origin: 'https://evil.example' } }, token)).toBe(false);
    expect(csrf.accepts({ headers: { cookie, origin: ORIGIN, 'sec-fetch-site': 'same-origin' } }, token)).toBe(true);
  });
});

describe('isSameOrigin', () => {
  it.each([
    [{}, true],
    [{ origin: ORIGIN }, true],
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'none' }, true],
    [{ origin: 'null' }, false],
    [{ origin: '' }, false],
    [{ origin: 'http://localhost:3001' }, false],
    [{ origin: 'https://localhost:3000' }, false],
    [{ origin: `${ORIGIN}.evil.example` }, false],
    [{ 'sec-fetch-site': 'same-site' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ origin: ORIGIN, 'sec-fetch-site': 'cross-site' }, false],
  ])('%p: %p', (headers, expected) => {
    expect(isSameOrigin({ headers }, ORIGIN)).toBe(expected);
  });
});
