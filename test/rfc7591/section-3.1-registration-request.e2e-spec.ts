// What a client may register by itself.
// @see RFC 7591 §2, §3.1 https://www.rfc-editor.org/rfc/rfc7591#section-3.1
import { ADMINISTRATION_SCOPES } from '../../src/clients/client-metadata.js';
import { postMetadata, refusal, register, METADATA } from '../support/registration.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const refused = async (metadata: unknown): Promise<[number, string, string]> =>
  refusal(await postMetadata(server, metadata));

describe('the request (§3.1)', () => {
  it.each(['application/x-www-form-urlencoded', 'text/plain', 'application/jwt'])('refuses %s', async (type) => {
    const response = await postMetadata(server, METADATA, { 'content-type': type });
    expect(await refusal(response)).toEqual([400, 'invalid_request', 'Send the metadata as application/json.']);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('takes a character set beside the type', async () => {
    const response = await postMetadata(server, METADATA, { 'content-type': 'application/json; charset=utf-8' });
    expect(response.status).toBe(201);
  });

  it.each(['', '{', '{"redirect_uris":[}', 'redirect_uris=x'])('refuses %j, which is no JSON', async (body) => {
    const [status, code] = await refused(body);
    expect([status, code]).toEqual([400, 'invalid_request']);
  });

  it.each(['[]', 'null', '"text"', '7', 'true'])('refuses %s, which is no object', async (body) => {
    const [status, code] = await refused(body);
    expect([status, code]).toEqual([400, 'invalid_client_metadata']);
  });

  it('is a POST', async () => {
    const response = await fetch(`${server.url}/oauth/register`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('refuses a body of more than 64 KiB', async () => {
    const [status, code] = await refused({ ...METADATA, padding: 'x'.repeat(65 * 1024) });
    expect([status, code]).toEqual([413, 'invalid_request']);
  });

  it('refuses JSON that is nested without end', async () => {
    const [status, code] = await refused(
      `{"redirect_uris":["https://c.example/"],"x":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    );
    expect([status, code]).toEqual([400, 'invalid_client_metadata']);
  });

  it.each(['__proto__', 'constructor'])('refuses the name %s, wherever it is', async (name) => {
    const body = `{"redirect_uris":["https://c.example/"],"jwks":{"keys":[{"kty":"EC","${name}":{"skip_consent":true}}]}}`;
    const [status, , description] = await refused(body);
    expect(status).toBe(400);
    expect(description).not.toContain(name);
  });

  it('refuses text that no database takes', async () => {
    for (const name of ['a\u0000b', '\ud800']) {
      const [status, code] = await refused({ ...METADATA, client_name: name });
      expect([status, code]).toEqual([400, 'invalid_client_metadata']);
    }
  });

  it('ignores members that it does not know (§2)', async () => {
    const client = await register(server, {
      ...METADATA,
      example_extension_parameter: 'example_value',
      client_id: 'x',
    });
    expect(client).not.toHaveProperty('example_extension_parameter');
    expect(client.client_id).not.toBe('x');
  });
});

describe('redirect URIs (§2, §5)', () => {
  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'http://client.example/callback',
    'https://client.example/callback#fragment',
    'https://user@client.example/callback',
    'https://*.example/callback',
    '/callback',
    'vbscript:x',
  ])('refuses %s', async (uri) => {
    const [status, code, description] = await refused({ redirect_uris: ['https://client.example/', uri] });
    expect([status, code]).toEqual([400, 'invalid_redirect_uri']);
    expect(description).toMatch(/^redirect_uris\[1\] /);
    expect(description).not.toContain(uri);
  });

  it.each([undefined, [], null])('must be there for the code flow (%j)', async (uris) => {
    const [status, code, description] = await refused({ redirect_uris: uris });
    expect([status, code]).toEqual([400, 'invalid_redirect_uri']);
    expect(description).toMatch(/^redirect_uris /);
  });
});

describe('other members (§2)', () => {
  it.each<[string, object]>([
    ['client_name', { client_name: 7 }],
    ['client_uri', { client_uri: 'javascript:alert(1)' }],
    ['logo_uri', { logo_uri: 'data:image/svg+xml,x' }],
    ['policy_uri', { policy_uri: 'ftp://client.example/' }],
    ['tos_uri', { tos_uri: 'http://client.example/tos' }],
    ['jwks_uri', { jwks_uri: 'file:///etc/passwd' }],
    ['contacts', { contacts: 'mail@client.example' }],
    ['jwks', { jwks: { keys: [{ kty: 'RSA', d: 'private' }] } }],
    ['jwks', { jwks: { keys: [] }, jwks_uri: 'https://client.example/jwks' }],
    ['token_endpoint_auth_method', { token_endpoint_auth_method: 'tls_client_auth' }],
    ['jwks_uri', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['grant_types', { grant_types: ['authorization_code', 'urn:example:unknown'] }],
    ['response_types[0]', { grant_types: ['authorization_code'], response_types: ['id_token'] }],
    ['response_types', { grant_types: ['authorization_code', 'implicit'], response_types: ['code id_token', 'x'] }],
    ['grant_types', { grant_types: ['client_credentials'], token_endpoint_auth_method: 'none' }],
    ['scope', { scope: ['read'] }],
    ['scope', { scope: 'read unknown-scope' }],
    ['default_scope', { scope: 'read', default_scope: 'write' }],
    ['access_token_format', { access_token_format: 'unknown' }],
  ])('refuses a bad %s and names it', async (member, metadata) => {
    const [status, code, description] = await refused({ ...METADATA, ...metadata });
    expect([status, code]).toEqual([400, 'invalid_client_metadata']);
    expect(description.startsWith(`${member} `)).toBe(true);
  });

  it('names every member that is at fault at once', async () => {
    const [, , description] = await refused({ ...METADATA, client_name: 7, logo_uri: 'x', contacts: 'y' });
    expect(description).toMatch(/client_name .*; logo_uri .*; contacts /);
  });

  it('names none that the client made up', async () => {
    const [status, code, description] = await refused({ ...METADATA, 'client_name#<script>': 'x' });
    expect([status, code]).toEqual([400, 'invalid_client_metadata']);
    expect(description).toMatch(/^client_name must end with a language tag/);
  });
});

describe('rights that only an administrator gives', () => {
  it.each<[string, object]>([
    ['scope', { scope: ADMINISTRATION_SCOPES.join(' ') }],
    ['grant_types[0]', { grant_types: ['password'] }],
    ['response_types[0]', { grant_types: ['implicit'], response_types: ['token'] }],
    ['grant_types', { grant_types: [], response_types: [] }],
    ['require_pkce', { require_pkce: false }],
    ['skip_consent', { skip_consent: true }],
    ['grant_types[0]', { grant_types: ['urn:ietf:params:oauth:grant-type:jwt-bearer'], response_types: [] }],
    ['assertion_subject', { assertion_subject: 'id' }],
    ['assertion_audience', { assertion_audience: 'endpoints' }],
    ['access_token_lifetime', { access_token_lifetime: 86_400 }],
    ['refresh_token_lifetime', { refresh_token_lifetime: 300_000_000 }],
    ['refresh_token_absolute_lifetime', { refresh_token_absolute_lifetime: 300_000_000 }],
    ['refresh_token_grace', { refresh_token_grace: 3600 }],
  ])('are refused: %s', async (member, metadata) => {
    const [status, code, description] = await refused({ ...METADATA, ...metadata });
    expect([status, code]).toEqual([400, 'invalid_client_metadata']);
    expect(description.startsWith(`${member} `)).toBe(true);
  });

  it('are not needed to ask for less than the server gives', async () => {
    const client = await register(server, { ...METADATA, access_token_lifetime: 60, refresh_token_grace: 0 });
    expect(client).toMatchObject({ access_token_lifetime: 60, refresh_token_grace: 0 });
  });
});
