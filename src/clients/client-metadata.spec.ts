// The vocabulary of client metadata: what each member takes, and what must fit together.
// @see RFC 7591 §2, OIDC Registration §2 https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata
import { Client } from './client.js';
import {
  type ClientMetadata,
  ClientMetadataError,
  membersOf,
  parseClientMetadata,
  type RegistrationRights,
} from './client-metadata.js';

const WEB = { redirect_uris: ['https://client.example/cb'] };
const HYBRID = { grant_types: ['authorization_code', 'implicit'] };
const JWKS = { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] };
const parse = (members: object): ClientMetadata => parseClientMetadata({ ...WEB, ...members }, 'administrator');

function faultsOf(members: object): string[] {
  try {
    parse(members);
    return [];
  } catch (error) {
    if (!(error instanceof ClientMetadataError)) throw error;
    return error.faults.map(({ member }) => member);
  }
}

const clientOf = (members: object): Client => new Client('web', parse(members), [], null, false, new Date(0));

describe('members', () => {
  it.each<[string, unknown]>([
    ['token_endpoint_auth_signing_alg', 'ES256'],
    ['id_token_signed_response_alg', 'PS256'],
    ['id_token_signed_response_alg', 'none'],
    ['userinfo_signed_response_alg', 'EdDSA'],
    ['request_object_signing_alg', 'none'],
    ['request_object_encryption_alg', 'RSA-OAEP-256'],
    ['request_uris', ['https://client.example/request.jwt#Zm9v', 'http://127.0.0.1:8080/request']],
    ['require_signed_request_object', false],
    ['subject_type', 'public'],
    ['subject_type', 'pairwise'],
    ['sector_identifier_uri', 'https://client.example/sector.json'],
    ['default_max_age', 0],
    ['default_max_age', 3600],
    ['require_auth_time', true],
    ['default_acr_values', ['urn:example:gold', '1']],
    ['initiate_login_uri', 'https://client.example/start'],
    ['post_logout_redirect_uris', ['https://client.example/bye?a=b', 'com.example.app:/bye', 'http://localhost/bye']],
    ['frontchannel_logout_uri', 'https://client.example/out?a=b'],
    ['frontchannel_logout_session_required', false],
    ['backchannel_logout_uri', 'https://other.example/out'],
    ['backchannel_logout_uri', 'http://localhost:9000/out'],
    ['backchannel_logout_session_required', true],
  ])('takes %s %j', (member, value) => {
    expect(parse({ [member]: value })).toHaveProperty([member], value);
  });

  it.each<[string, unknown, string?]>([
    ['token_endpoint_auth_signing_alg', 'none'],
    ['token_endpoint_auth_signing_alg', 'ES 256'],
    ['id_token_signed_response_alg', 256],
    ['userinfo_signed_response_alg', 'none'],
    ['id_token_encrypted_response_alg', 'none'],
    ['request_object_encryption_alg', ['RSA-OAEP']],
    ['request_uris', ['https://client.example/ok', 'http://client.example/request'], 'request_uris[1]'],
    ['request_uris', 'https://client.example/request'],
    ['require_signed_request_object', 'true'],
    ['require_signed_request_object', true],
    ['subject_type', 'private'],
    ['sector_identifier_uri', 'http://client.example/sector.json'],
    ['default_max_age', -1],
    ['default_max_age', '60'],
    ['require_auth_time', 'true'],
    ['default_acr_values', ['a b'], 'default_acr_values[0]'],
    ['initiate_login_uri', 'http://client.example/start'],
    ['post_logout_redirect_uris', ['javascript:alert(1)'], 'post_logout_redirect_uris[0]'],
    ['post_logout_redirect_uris', ['http://client.example/bye'], 'post_logout_redirect_uris[0]'],
    ['post_logout_redirect_uris', ['https://client.example/bye#f'], 'post_logout_redirect_uris[0]'],
    ['frontchannel_logout_uri', 'http://client.example/out'],
    ['frontchannel_logout_uri', 'https://client.example/out#f'],
    ['frontchannel_logout_session_required', 1],
    ['backchannel_logout_uri', 'https://client.example/out#f'],
    ['backchannel_logout_uri', 'https://client.example/out#'],
    ['backchannel_logout_uri', 'https://user:password@client.example/out'],
    ['backchannel_logout_uri', 'http://client.example/out'],
    ['backchannel_logout_session_required', 'yes'],
  ])('refuses %s %j by its name', (member, value, fault = member) => {
    expect(faultsOf({ [member]: value })).toEqual([fault]);
  });

  it('names every fault at once', () => {
    const members = { subject_type: 1, require_auth_time: 1, backchannel_logout_uri: 1 };
    expect(faultsOf(members).sort()).toEqual(Object.keys(members).sort());
  });
});

describe('response types and grant types (RFC 7591 §2.1)', () => {
  it.each([
    ['code', ['authorization_code']],
    ['token', ['implicit']],
    ['id_token', ['implicit']],
    ['token id_token', ['implicit']],
    ['code id_token', ['authorization_code', 'implicit']],
    ['code token', ['authorization_code', 'implicit']],
    ['code token id_token', ['authorization_code', 'implicit']],
    ['none', ['authorization_code']],
  ])('%s brings its grant types', (responseType, grantTypes) => {
    const metadata = parse({ response_types: [responseType] });
    expect(metadata.grant_types).toEqual(grantTypes);
    expect(metadata.response_types).toEqual([responseType.split(' ').sort().join(' ')]);
  });

  it.each([
    ['code id_token', ['authorization_code']],
    ['code id_token', ['implicit']],
    ['code', ['implicit']],
    ['token id_token', ['authorization_code']],
  ])('refuses %s with %j', (responseType, grantTypes) => {
    expect(faultsOf({ response_types: ['code'], ...HYBRID })).toEqual([]);
    expect(faultsOf({ response_types: [responseType], grant_types: grantTypes })).toContain('response_types[0]');
  });

  it.each(['none code', 'code code', 'id_token none', '', 'Code', ['code']])(
    'refuses the response type %j',
    (responseType) => {
      expect(faultsOf({ response_types: [responseType], ...HYBRID })).toEqual(['response_types[0]']);
    },
  );

  it('wants a redirect URI for every response type', () => {
    expect(faultsOf({ response_types: ['none'], grant_types: [], redirect_uris: [] })).toEqual(['redirect_uris']);
  });
});

describe('algorithms', () => {
  it.each(['id_token_encrypted_response', 'userinfo_encrypted_response', 'request_object_encryption'] as const)(
    'refuses %s_enc without its alg, and reads A128CBC-HS256 where it is not given (OIDC Registration §2)',
    (kind) => {
      expect(faultsOf({ [`${kind}_enc`]: 'A256GCM' })).toEqual([`${kind}_enc`]);
      const alg = { jwks: JWKS, [`${kind}_alg`]: 'ECDH-ES' };
      expect(clientOf(alg).encryptionOf(kind)).toEqual({ alg: 'ECDH-ES', enc: 'A128CBC-HS256' });
      expect(clientOf({ ...alg, [`${kind}_enc`]: 'A256GCM' }).encryptionOf(kind)).toEqual({
        alg: 'ECDH-ES',
        enc: 'A256GCM',
      });
      expect(clientOf({}).encryptionOf(kind)).toBeUndefined();
    },
  );

  it('reads RS256 and public subjects where nothing is said (OIDC Registration §2)', () => {
    expect(clientOf({})).toMatchObject({ idTokenAlgorithm: 'RS256', subjectType: 'public' });
    const said = { id_token_signed_response_alg: 'ES256', subject_type: 'pairwise' };
    expect(clientOf(said)).toMatchObject({ idTokenAlgorithm: 'ES256', subjectType: 'pairwise' });
  });

  it('refuses unsigned ID tokens in the browser (OIDC Registration §2)', () => {
    const none = { id_token_signed_response_alg: 'none' };
    expect(faultsOf({ ...none, ...HYBRID, response_types: ['code token'] })).toEqual([]);
    expect(faultsOf({ ...none, ...HYBRID, response_types: ['code id_token'] })).toEqual([
      'id_token_signed_response_alg',
    ]);
  });

  it.each([
    ['private_key_jwt', 'HS256'],
    ['client_secret_jwt', 'RS256'],
  ])('refuses %s with %s', (method, algorithm) => {
    const members = { jwks: JWKS, token_endpoint_auth_method: method, token_endpoint_auth_signing_alg: algorithm };
    expect(faultsOf(members)).toEqual(['token_endpoint_auth_signing_alg']);
  });

  it('keeps an algorithm that this server does not have', () => {
    expect(parse({ id_token_signed_response_alg: 'XY999' })).toHaveProperty('id_token_signed_response_alg', 'XY999');
  });
});

describe('keys', () => {
  it.each([
    ['jwks_uri', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['request_object_signing_alg', { request_object_signing_alg: 'ES256' }],
    ['id_token_encrypted_response_alg', { id_token_encrypted_response_alg: 'RSA-OAEP' }],
    ['userinfo_encrypted_response_alg', { userinfo_encrypted_response_alg: 'ECDH-ES' }],
  ])('names %s where there is no key of the client', (member, members) => {
    expect(faultsOf(members)).toEqual([member]);
    expect(faultsOf({ ...members, jwks: JWKS })).toEqual([]);
    expect(faultsOf({ ...members, jwks_uri: 'https://client.example/jwks' })).toEqual([]);
  });
});

describe('hosts', () => {
  const twoHosts = { redirect_uris: ['https://a.example/cb', 'https://b.example/cb'], subject_type: 'pairwise' };

  it('wants a sector identifier for pairwise subjects of several hosts (OIDC Core §8.1)', () => {
    expect(faultsOf(twoHosts)).toEqual(['sector_identifier_uri']);
    expect(faultsOf({ ...twoHosts, sector_identifier_uri: 'https://c.example/sector' })).toEqual([]);
    expect(faultsOf({ ...twoHosts, redirect_uris: ['https://a.example/1', 'https://a.example/2'] })).toEqual([]);
  });

  it('counts hosts without their ports for pairwise subjects (OIDC Core §8.1)', () => {
    expect(faultsOf({ ...twoHosts, redirect_uris: ['https://a.example/cb', 'https://a.example:8443/cb'] })).toEqual([]);
  });

  it('wants the front-channel logout page where the redirect URIs are (OIDC Front-Channel Logout §2)', () => {
    expect(faultsOf({ frontchannel_logout_uri: 'https://other.example/out' })).toEqual(['frontchannel_logout_uri']);
    expect(faultsOf({ frontchannel_logout_uri: 'https://client.example:8443/out' })).toEqual([
      'frontchannel_logout_uri',
    ]);
  });
});

describe('languages (RFC 7591 §2.2)', () => {
  it('keeps what people read as given, after the other members', () => {
    const localized = {
      'client_name#zh-Hant-TW': '名',
      'client_name#de': 'Anwendung',
      'policy_uri#fr': 'https://client.example/fr',
    };
    const metadata = parse({ client_name: 'Application', ...localized });
    expect(metadata).toMatchObject(localized);
    expect(membersOf(metadata).slice(-3)).toEqual(['client_name#de', 'client_name#zh-Hant-TW', 'policy_uri#fr']);
  });

  it.each([
    ['client_name#de', 5],
    ['logo_uri#de', 'http://client.example/logo.png'],
    ['client_name#', 'x'],
    ['client_name#d', 'x'],
    ['client_name#de_DE', 'x'],
    ['client_name#de#fr', 'x'],
    [`client_name#de-${'x'.repeat(8)}-${'x'.repeat(8)}-${'x'.repeat(8)}-${'x'.repeat(8)}`, 'x'],
  ])('refuses %s %j by its name', (member, value) => {
    expect(faultsOf({ [member]: value })).toEqual([member]);
  });

  it('ignores a language of what nobody reads', () => {
    expect(parse({ 'redirect_uris#de': ['x'], 'scope#de': 'x' })).toEqual(parse({}));
  });

  it('has an end', () => {
    const names = Array.from({ length: 101 }, (_, index) => [`client_name#de-${index}`, 'x']);
    expect(faultsOf(Object.fromEntries(names))).toHaveLength(1);
  });
});

describe('rights', () => {
  const refusedTo = (rights: RegistrationRights, members: object, present?: Partial<ClientMetadata>): string[] => {
    try {
      parseClientMetadata({ ...WEB, ...members }, rights, present);
      return [];
    } catch (error) {
      return (error as ClientMetadataError).faults.map(({ member }) => member);
    }
  };
  const HYBRID = { grant_types: ['authorization_code', 'implicit'], response_types: ['code', 'code id_token'] };

  it.each([
    ['administrator', []],
    ['registration', []],
    ['self-service', ['grant_types[1]']],
  ] as const)('of %s for ID tokens through the browser', (rights, refused) => {
    expect(refusedTo(rights, HYBRID)).toEqual(refused);
  });

  it.each(['registration', 'self-service'] as const)(
    'of %s are not for access tokens alone, nor passwords',
    (rights) => {
      expect(refusedTo(rights, { grant_types: ['implicit'], response_types: ['token'] })).not.toEqual([]);
      expect(refusedTo(rights, { grant_types: ['password'], response_types: [] })).toEqual(['grant_types[0]']);
    },
  );

  it.each(['registration', 'self-service'] as const)('of %s are not for assertions as grants', (rights) => {
    const grantTypes = ['urn:ietf:params:oauth:grant-type:jwt-bearer'];
    const asked = { grant_types: grantTypes, response_types: [], assertion_subject: 'id' };
    expect(refusedTo(rights, asked)).toEqual(['grant_types[0]', 'assertion_subject']);
    const given = { grant_types: grantTypes, response_types: [], assertion_subject: 'username' as const };
    expect(refusedTo(rights, given, given)).toEqual([]);
    expect(refusedTo(rights, asked, given)).toEqual(['assertion_subject']);
  });

  it.each(['registration', 'self-service'] as const)('of %s keep what an administrator has given', (rights) => {
    const given = { grant_types: ['implicit'], response_types: ['token'], skip_consent: true };
    expect(refusedTo(rights, given, given)).toEqual([]);
  });
});
