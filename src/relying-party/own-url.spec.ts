import type { HttpRequest } from '../common/http.js';
import { isSecure, ownPath, ownUrlOf } from './own-url.js';

const request = (members: object): HttpRequest => ({ method: 'GET', url: '/', headers: {}, ...members });

it.each(['/', '/orders', '/orders?of=today&to=%2F%2Felsewhere', '/a/b/?next=https://else.example', '/%5celsewhere'])(
  'takes %j for a path of its own',
  (path) => expect(ownPath(path)).toBe(path),
);

it.each([
  undefined,
  '',
  'orders',
  '//else.example',
  '///else.example',
  '/\\else.example',
  '\\else.example',
  '/\t/else.example',
  '/a\\..\\..\\/else.example',
  '/./\u002f/else.example',
  '/a/..//else.example',
  '/%2e%2e//else.example',
  '/größe',
  '/ ',
  'https://else.example/',
  ['/orders'],
])('takes %j for none', (path) => expect(ownPath(path)).toBeUndefined());

it('is where Fastify and Express say that the request came in', () => {
  const asked = request({ protocol: 'https', host: 'app.example:8443', originalUrl: '/v1/op/?next=/a', url: '/op/' });
  expect(ownUrlOf(asked)).toBe('https://app.example:8443/v1/op');
  expect(isSecure(asked)).toBe(true);
});

it('is where the operator says, with the path that a proxy takes away', () => {
  const asked = request({ protocol: 'http', host: 'inside:3000', url: '/op?next=/a' });
  expect(ownUrlOf(asked, 'https://app.example/people/')).toBe('https://app.example/people/op');
  expect([isSecure(asked), isSecure(asked, 'https://app.example')]).toEqual([false, true]);
});

it('is what the request itself says without a framework', () => {
  expect(ownUrlOf(request({ url: '/op', headers: { host: 'app.example' } }))).toBe('http://app.example/op');
});
