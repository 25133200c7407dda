// JSON in a request object as parameters.
import { InvalidRequestObjectError } from '../../common/oauth-error.js';
import { parametersOf } from './request-object-parameters.js';

const entries = (claims: Record<string, unknown>): [string, string][] => [...parametersOf(claims).entries()];

it.each<[string, unknown, string[]]>([
  ['a text', 'openid profile', ['openid profile']],
  ['an empty text, which is an absent parameter', '', []],
  ['a number', 3600, ['3600']],
  ['a boolean', true, ['true']],
  ['an object', { id_token: { email: null } }, ['{"id_token":{"email":null}}']],
  ['a list of texts', ['https://a.example', 'https://b.example'], ['https://a.example', 'https://b.example']],
  ['an empty list', [], []],
  ['a list of something else', [{ type: 'payment' }, 1], ['[{"type":"payment"},1]']],
])('takes %s', (_, value, texts) => {
  expect(entries({ name: value })).toEqual(texts.map((text) => ['name', text]));
});

it('leaves out what is about the JWT', () => {
  expect(entries({ iss: 'a', sub: 'b', aud: ['c'], exp: 1, nbf: 2, iat: 3, jti: 'd', state: 'e' })).toEqual([
    ['state', 'e'],
  ]);
});

it.each<[string, Record<string, unknown>]>([
  ['null', { state: null }],
  ['NUL', { state: '\0' }],
  ['NUL deep inside', { claims: { id_token: { a: ['\0'] } } }],
  ['a name that reaches a prototype', JSON.parse('{"__proto__":"x"}') as Record<string, unknown>],
  ['more than a hundred members', Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`p${index}`, 'x']))],
])('refuses %s', (_, claims) => {
  expect(() => parametersOf(claims)).toThrow(InvalidRequestObjectError);
});
