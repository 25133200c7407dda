// What a client gets when it has registered, and what it can do with it.
// @see RFC 7591 §3.2.1 https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1
import { createHash } from 'node:crypto';
import { query } from '../support/database.js';
import { authorize, clientCredentials, redeem } from '../support/flow.js';
import { METADATA, postMetadata, REDIRECT_URI, register } from '../support/registration.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();

it('is 201 with the metadata as registered, defaults included', async () => {
  const response = await postMetadata(server, { ...METADATA, client_name: 'Registered', tos_uri: null });
  expect(response.status).toBe(201);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const client = (await response.json()) as Record<string, unknown>;
  expect(client).toEqual({
    client_id: expect.stringMatching(/^[\w-]{20,}$/) as string,
    client_id_issued_at: expect.any(Number) as number,
    client_secret: expect.stringMatching(/^[\w-]{43}$/) as string,
    client_secret_expires_at: 0,
    registration_access_token: expect.stringMatching(/^[\w-]{48}$/) as string,
    registration_client_uri: `${server.issuer}/oauth/register/${client.client_id as string}`,
    client_name: 'Registered',
    redirect_uris: [REDIRECT_URI],
    application_type: 'web',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    scope: 'openid profile email address phone offline_access',
    subject_type: 'public',
    id_token_signed_response_alg: 'RS256',
    require_auth_time: false,
  });
  expect(Math.abs((client.client_id_issued_at as number) - Date.now() / 1000)).toBeLessThan(300);
});

it('keeps what is said in other languages (§2.2)', async () => {
  const localized = {
    client_name: 'Example',
    'client_name#ja-Jpan-JP': 'クライアント名',
    'tos_uri#fr': 'https://c.example/cgu',
  };
  expect(await register(server, { ...METADATA, ...localized })).toMatchObject(localized);
});

it.each([
  [['authorization_code', 'refresh_token'], undefined, ['code']],
  [undefined, ['code'], ['code']],
  [['client_credentials'], undefined, []],
])('completes grant types %j and response types %j (§2.1)', async (grantTypes, responseTypes, expected) => {
  const client = await register(server, { ...METADATA, grant_types: grantTypes, response_types: responseTypes });
  expect(client.response_types).toEqual(expected);
  expect(client.grant_types).toEqual(grantTypes ?? ['authorization_code']);
});

it('has no secret for a public client, nor for one with keys of its own', async () => {
  const jwks = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }] };
  for (const metadata of [
    { token_endpoint_auth_method: 'none' },
    { token_endpoint_auth_method: 'private_key_jwt', jwks },
  ]) {
    const client = await register(server, { ...METADATA, ...metadata });
    expect(client).not.toHaveProperty('client_secret');
    expect(client).not.toHaveProperty('client_secret_expires_at');
  }
});

it('stores neither secret nor registration access token', async () => {
  const client = await register(server);
  const rows = await query(
    server,
    `SELECT to_jsonb(c) || to_jsonb(s) || to_jsonb(r) AS everything FROM clients c JOIN client_secrets s USING (client_id)
     JOIN client_registrations r USING (client_id) WHERE client_id = $1`,
    [client.client_id],
  );
  expect(rows).toHaveLength(1);
  const stored = JSON.stringify(rows);
  const hashed = createHash('sha256').update(client.client_secret!).digest('hex');
  expect(stored).toContain(hashed);
  expect(stored).not.toContain(client.client_secret);
  expect(stored).not.toContain(client.registration_access_token);
});

it('serves for the code flow, with a consent that warns of who registered itself', async () => {
  const client = await register(server, { ...METADATA, scope: 'openid profile read' });
  const flow = await authorize(server, {
    client_id: client.client_id,
    redirect_uri: REDIRECT_URI,
    scope: 'profile read',
  });
  expect(flow.pages).toEqual(['sign-in', 'consent']);
  const tokens = await redeem(server, client, { ...flow, redirectUri: REDIRECT_URI });
  expect(tokens.scope).toBe('profile read');
});

it('serves a machine', async () => {
  const client = await register(server, { grant_types: ['client_credentials'], scope: 'read' });
  expect(client.redirect_uris).toEqual([]);
  expect((await clientCredentials(server, client)).scope).toBe('read');
});
