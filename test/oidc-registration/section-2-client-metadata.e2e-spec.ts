// The metadata of OpenID Connect clients that register themselves.
// @see OIDC Registration §2 https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata
import { authorize } from '../support/flow.js';
import { openidConfiguration, verifyIdToken } from '../support/openid.js';
import { METADATA, postMetadata, REDIRECT_URI, refusal, register } from '../support/registration.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const IMPLICIT = { grant_types: ['implicit'], response_types: ['id_token'] };

it('is at the endpoint that discovery names (§3)', async () => {
  expect((await openidConfiguration(server)).registration_endpoint).toBe(`${server.issuer}/oauth/register`);
});

it.each(['id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token'])(
  'registers the response type "%s", which works',
  async (responseType) => {
    const grantTypes = responseType.includes('code') ? ['authorization_code', 'implicit'] : ['implicit'];
    const client = await register(server, { ...METADATA, grant_types: grantTypes, response_types: [responseType] });
    expect(client).toMatchObject({ response_types: [responseType], grant_types: grantTypes });
    const { client_id } = client;
    const { params } = await authorize(server, {
      client_id,
      redirect_uri: REDIRECT_URI,
      response_type: responseType,
      scope: 'openid',
      nonce: 'n',
    });
    expect(Object.keys(params)).toEqual(
      expect.arrayContaining(responseType.split(' ').map((part) => (part === 'token' ? 'access_token' : part))),
    );
    if (params.id_token) expect((await verifyIdToken(server, client_id, params.id_token)).claims.nonce).toBe('n');
  },
);

it('keeps every member', async () => {
  const metadata = {
    redirect_uris: [REDIRECT_URI],
    application_type: 'web',
    grant_types: ['authorization_code', 'implicit', 'refresh_token'],
    response_types: ['code', 'code id_token'],
    contacts: ['ve7jtb@example.org'],
    client_name: 'My Example',
    'client_name#ja-Jpan-JP': 'クライアント名',
    logo_uri: 'https://client.example/logo.png',
    client_uri: 'https://client.example/',
    policy_uri: 'https://client.example/policy',
    tos_uri: 'https://client.example/tos',
    jwks_uri: 'https://client.example/jwks',
    subject_type: 'pairwise',
    id_token_signed_response_alg: 'ES256',
    userinfo_signed_response_alg: 'RS256',
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    default_max_age: 3600,
    require_auth_time: true,
    default_acr_values: ['1'],
    initiate_login_uri: 'https://client.example/login',
    request_uris: ['https://client.example/rf.txt#hash'],
    post_logout_redirect_uris: ['https://client.example/out'],
    frontchannel_logout_uri: 'https://registered.example/front',
    frontchannel_logout_session_required: true,
    backchannel_logout_uri: 'https://client.example/back',
    backchannel_logout_session_required: true,
  };
  expect(await register(server, metadata)).toMatchObject(metadata);
});

it.each<[string, object]>([
  ['id_token_signed_response_alg', { id_token_signed_response_alg: 'RS512' }],
  ['id_token_signed_response_alg', { id_token_signed_response_alg: 'none' }],
  ['userinfo_signed_response_alg', { userinfo_signed_response_alg: 'HS999' }],
  [
    'token_endpoint_auth_signing_alg',
    { token_endpoint_auth_method: 'client_secret_jwt', token_endpoint_auth_signing_alg: 'HS1' },
  ],
  ['id_token_encrypted_response_enc', { id_token_encrypted_response_enc: 'A128GCM' }],
  [
    'id_token_encrypted_response_alg',
    { id_token_encrypted_response_alg: 'RSA1_5', jwks_uri: 'https://client.example/jwks' },
  ],
  ['subject_type', { subject_type: 'secret' }],
  ['application_type', { application_type: 'desktop' }],
  ['initiate_login_uri', { initiate_login_uri: 'http://client.example/login' }],
  ['default_max_age', { default_max_age: -1 }],
  ['require_auth_time', { require_auth_time: 'yes' }],
  ['request_uris[0]', { request_uris: ['javascript:alert(1)'] }],
  ['frontchannel_logout_uri', { frontchannel_logout_uri: 'https://elsewhere.example/front' }],
  ['backchannel_logout_uri', { backchannel_logout_uri: 'https://client.example/back#f' }],
  ['post_logout_redirect_uris[0]', { post_logout_redirect_uris: ['javascript:alert(1)'] }],
  ['sector_identifier_uri', { subject_type: 'pairwise', redirect_uris: ['https://a.example/', 'https://b.example/'] }],
])('refuses a %s that this server has not, or nobody can use', async (member, metadata) => {
  const [status, code, description] = await refusal(await postMetadata(server, { ...METADATA, ...metadata }));
  expect([status, code]).toEqual([400, 'invalid_client_metadata']);
  expect(description.startsWith(`${member} `)).toBe(true);
});

it.each<[string, object]>([
  ['http with the implicit grant', { redirect_uris: ['http://127.0.0.1/callback'], ...IMPLICIT }],
  ['localhost with the implicit grant', { redirect_uris: ['https://localhost/callback'], ...IMPLICIT }],
  ['https of a native application', { redirect_uris: ['https://client.example/'], application_type: 'native' }],
])('refuses %s (§2, application_type)', async (_, metadata) => {
  const [status, code, description] = await refusal(await postMetadata(server, metadata));
  expect([status, code]).toEqual([400, 'invalid_redirect_uri']);
  expect(description).toMatch(/^redirect_uris\[0\] /);
});

it.each(['http://localhost:8080/callback', 'http://127.0.0.1/callback', 'com.example.app:/callback'])(
  'takes %s of a native application (§2, application_type)',
  async (uri) => {
    const client = await register(server, {
      redirect_uris: [uri],
      application_type: 'native',
      token_endpoint_auth_method: 'none',
    });
    expect(client.redirect_uris).toEqual([uri]);
  },
);
