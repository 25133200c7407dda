// What is read of an assertion before any cryptography.
// @see RFC 8725 §3.10, §3.11 https://www.rfc-editor.org/rfc/rfc8725#section-3.11
import { type Assertion, readAssertion } from './assertion.js';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (header: object, claims: unknown = { iss: 'a', sub: 'b' }): string =>
  `${encode(header)}.${encode(claims)}.c2ln`;
const read = (text: string): Assertion | string => readAssertion(text, ['jwt', 'authorization-grant+jwt']);

it('is the header, the issuer and the subject', () => {
  const text = jwt({ alg: 'ES256', kid: 'one', typ: 'JWT' });
  expect(read(text)).toEqual({ jwt: text, header: { alg: 'ES256', kid: 'one' }, issuer: 'a', subject: 'b' });
});

it.each([[{}], [{ iss: 1, sub: ['b'] }], [{ iss: '', sub: '' }], [{ iss: 'a\0', sub: 'b\ud800' }]])(
  'has no names in %j',
  (claims) => expect(read(jwt({ alg: 'ES256' }, claims))).toMatchObject({ issuer: undefined, subject: undefined }),
);

it.each([undefined, 'JWT', 'jwt', 'Authorization-Grant+JWT'])('may be of the type %s', (typ) => {
  expect(read(jwt({ alg: 'ES256', typ }))).toMatchObject({ issuer: 'a' });
});

it.each<[string, object]>([
  ['another type', { typ: 'at+jwt' }],
  ['a type that is no text', { typ: ['jwt'] }],
  ['a key', { jwk: {} }],
  ['the address of keys', { jku: 'https://a.example' }],
  ['a certificate', { x5c: [] }],
  ['the address of a certificate', { x5u: 'https://a.example' }],
  ['an extension', { crit: ['exp'] }],
  ['a payload that is not encoded', { b64: false }],
  ['an alg that is no text', { alg: 1 }],
  ['a kid that is no text', { kid: 1 }],
])('is none with %s', (_, header) => {
  expect(read(jwt({ alg: 'ES256', ...header }))).toBe('with a header that is not allowed');
});

it.each([
  ['', 'malformed'],
  ['a.b', 'malformed'],
  ['a.b.c', 'malformed'],
  [`${jwt({ alg: 'ES256' })}.d`, 'malformed'],
  [jwt({ alg: 'ES256' }, 'text'), 'malformed'],
  [jwt({ alg: 'ES256' }, [1]), 'malformed'],
  [`${encode({ alg: 'none' })}.${encode({})}.`, 'malformed'],
  [jwt({ alg: 'ES256' }, { long: 'x'.repeat(9000) }), 'longer than 8192 characters'],
])('is none: %.60s', (text, why) => expect(read(text)).toBe(why));
