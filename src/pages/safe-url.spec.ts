import { safeImage, safeLink, sourceOrigin } from './safe-url.js';

describe('URLs of a registration on our pages', () => {
  it.each(['https://app.example/terms', 'http://app.example/'])('links %s', (url) => {
    expect(safeLink(url)).toBe(url);
  });

  it.each([
    'javascript:alert(1)',
    ' java\nscript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://app.example/1',
    'com.example.app:/x',
    'https://user:password@app.example/',
    '//app.example/',
    '/relative',
    '',
    undefined,
  ])('does not link %s', (url) => {
    expect(safeLink(url)).toBeUndefined();
  });

  it('keeps quotes and angle brackets out of a link', () => {
    expect(safeLink('https://app.example/"><script>')).toBe('https://app.example/%22%3E%3Cscript%3E');
  });

  it('shows images from https only, and from http on loopback hosts in development', () => {
    expect(safeImage('https://app.example/logo.png')).toBe('https://app.example/logo.png');
    expect(safeImage('http://app.example/logo.png', true)).toBeUndefined();
    expect(safeImage('http://localhost:3000/logo.png')).toBeUndefined();
    expect(safeImage('http://localhost:3000/logo.png', true)).toBe('http://localhost:3000/logo.png');
    expect(safeImage('data:image/svg+xml,<svg/>', true)).toBeUndefined();
  });

  it.each([
    "https://a;script-src'unsafe-inline'.example/l.png",
    'https://a,b.example/l.png',
    'https://*.example/l.png',
  ])('refuses %s, whose host would change the policy', (url) => {
    expect(safeImage(url)).toBeUndefined();
    expect(sourceOrigin(url)).toBeUndefined();
  });

  it('makes the origin of a URL a source', () => {
    expect(sourceOrigin('https://App.example:8443/a/b?c')).toBe('https://app.example:8443');
    expect(sourceOrigin('https://bücher.example/')).toBe('https://xn--bcher-kva.example');
    expect(sourceOrigin('http://[::1]:3000/logo.png')).toBe('http://[::1]:3000');
  });
});
