// The option `assertionIssuers`: what is wrong with it is said at the start.
import { type AssertionIssuer, ServerOptions } from '../../config/options.js';
import { AssertionIssuers } from './assertion-issuers.js';

const ISSUER = 'https://auth.example';
const IDP = 'https://idp.example';
const jwks = { keys: [] };

const issuers = (given: AssertionIssuer, name = IDP): AssertionIssuers =>
  new AssertionIssuers(
    ServerOptions.from({ issuer: ISSUER, secretKeys: [], databaseUrl: '', assertionIssuers: { [name]: given } }),
  );

it('are known by their names, with every algorithm and every client where nothing is said', () => {
  expect(issuers({ jwks }).find(IDP)).toEqual({
    keys: { id: IDP, metadata: { jwks, jwks_uri: undefined } },
    algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'],
    clients: undefined,
    scope: undefined,
    subject: 'id',
  });
  for (const name of ['https://other.example', 'constructor', '__proto__'])
    expect(issuers({ jwks }).find(name)).toBeUndefined();
});

it('have what is said', () => {
  const given: AssertionIssuer = {
    jwksUri: `${IDP}/jwks`,
    algorithms: ['ES256'],
    clients: [],
    scope: ' a  b',
    subject: 'email',
  };
  expect(issuers(given).find(IDP)).toMatchObject({
    keys: { metadata: { jwks_uri: `${IDP}/jwks` } },
    algorithms: ['ES256'],
    clients: [],
    scope: ['a', 'b'],
    subject: 'email',
  });
});

it.each<[string, AssertionIssuer, RegExp]>([
  ['no keys', {}, /JWK Set/],
  ['two sets of keys', { jwks, jwksUri: `${IDP}/jwks` }, /JWK Set/],
  ['keys that are no JWK Set', { jwks: [] }, /JWK Set/],
  ['a MAC algorithm', { jwks, algorithms: ['HS256'] }, /algorithms of: RS256/],
  ['no algorithm', { jwks, algorithms: [] }, /algorithms of: RS256/],
  ['a scope that is none', { jwks, scope: 'a "b"' }, /scope values/],
  ['another subject', { jwks, subject: 'phone' as never }, /subject of: id, username, email/],
])('must not have %s', (_, given, message) => expect(() => issuers(given)).toThrow(message));

it('are others than this server: what it signs is for others', () => {
  expect(() => issuers({ jwks }, ISSUER)).toThrow('assertionIssuers: must not name this server.');
});
