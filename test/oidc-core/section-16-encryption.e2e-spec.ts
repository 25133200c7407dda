// ID tokens and userinfo that only the client can read.
// @see OIDC Core §10.2, §16.14 https://openid.net/specs/openid-connect-core-1_0.html#Encryption
import { hash } from 'node:crypto';
import { createServer, type Server as HttpServer } from 'node:http';
import { CompactEncrypt, importJWK, type JWK } from 'jose';
import * as openid from 'openid-client';
import { follow } from '../clients/browser.js';
import { onClose } from '../support/cleanup.js';
import { type ClientKey, clientKey, jwksOf, openJwe } from '../support/client-keys.js';
import { administer, createClient, type CreatedClient } from '../support/clients.js';
import { authorize, baseOf, redeem, signUp, tokenRequest, type TokenResponse } from '../support/flow.js';
import { type CookieJar } from '../support/http.js';
import { openidConfiguration, userinfo, verifyIdToken } from '../support/openid.js';
import { type RunningServer, sharedServer, startServer } from '../support/server.js';

const server = sharedServer();
const ALGORITHMS = ['RSA-OAEP', 'RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'];
const ENCRYPTIONS = ['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM'];

interface Flow {
  tokens: TokenResponse;
  jar: CookieJar;
}

/** The code flow of a client that was just created, and what it got. */
async function tokensOf(client: CreatedClient): Promise<Flow> {
  const { jar } = await signUp(server);
  const redirectUri = client.redirect_uris[0];
  const request = { client_id: client.client_id, redirect_uri: redirectUri, scope: 'openid offline_access profile' };
  const flow = await authorize(server, { ...request, nonce: 'n-1', prompt: 'consent' }, jar);
  return { tokens: await redeem(server, client, { ...flow, redirectUri }), jar };
}

async function encryptingClient(key: ClientKey, members: Record<string, unknown> = {}): Promise<CreatedClient> {
  return createClient(server, { jwks: jwksOf(key), id_token_encrypted_response_alg: key.alg, ...members });
}

describe('an ID token (§16.14)', () => {
  it.each(ALGORITHMS)('is signed, then encrypted with %s for the key of the client', async (alg) => {
    const key = await clientKey(alg, 'enc-1', 'enc');
    const client = await encryptingClient(key);
    const { tokens } = await tokensOf(client);
    const { header, text } = await openJwe(key, tokens.id_token!);
    expect(header).toMatchObject({ alg, enc: 'A128CBC-HS256', kid: 'enc-1', cty: 'JWT' });
    const { claims } = await verifyIdToken(server, client.client_id, text);
    expect(claims).toMatchObject({
      nonce: 'n-1',
      at_hash: hash('sha256', tokens.access_token, 'buffer').toString('base64url', 0, 16),
    });
  });

  it.each(ENCRYPTIONS)('is encrypted with %s when the client is registered for it', async (enc) => {
    const key = await clientKey('ECDH-ES', 'enc-1', 'enc');
    const client = await encryptingClient(key, { id_token_encrypted_response_enc: enc });
    const { header, text } = await openJwe(key, (await tokensOf(client)).tokens.id_token!);
    expect(header.enc).toBe(enc);
    expect((await verifyIdToken(server, client.client_id, text)).claims.aud).toBe(client.client_id);
  });

  it('is encrypted in the front channel and after a refresh as well', async () => {
    const key = await clientKey('RSA-OAEP-256', 'enc-1', 'enc');
    const client = await encryptingClient(key, {
      grant_types: ['authorization_code', 'implicit', 'refresh_token'],
      response_types: ['code', 'code id_token'],
    });
    const { tokens, jar } = await tokensOf(client);
    const { client_id, redirect_uris } = client;
    const hybrid = { client_id, redirect_uri: redirect_uris[0], response_type: 'code id_token', nonce: 'n-2' };
    const { params } = await authorize(server, { ...hybrid, scope: 'openid' }, jar);
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    const refreshed = (await (await tokenRequest(server, client, refresh)).json()) as TokenResponse;
    for (const idToken of [params.id_token, refreshed.id_token!]) {
      const { text } = await openJwe(key, idToken);
      expect((await verifyIdToken(server, client_id, text)).claims.aud).toBe(client_id);
    }
  });
});

describe('userinfo (§5.3.2)', () => {
  it('that is encrypted alone holds the claims', async () => {
    const key = await clientKey('ECDH-ES+A256KW', 'enc-1', 'enc');
    const client = await createClient(server, { jwks: jwksOf(key), userinfo_encrypted_response_alg: key.alg });
    const { tokens } = await tokensOf(client);
    const response = await userinfo(server, tokens.access_token);
    expect(response.headers.get('content-type')).toMatch(/^application\/jwt\b/);
    const { header, text } = await openJwe(key, await response.text());
    expect(header).not.toHaveProperty('cty');
    const { claims } = await verifyIdToken(server, client.client_id, tokens.id_token);
    expect(JSON.parse(text)).toMatchObject({ sub: claims.sub, preferred_username: expect.any(String) });
  });

  it('that is signed as well is signed first', async () => {
    const key = await clientKey('RSA-OAEP-256', 'enc-1', 'enc');
    const client = await createClient(server, {
      jwks: jwksOf(key),
      userinfo_signed_response_alg: 'ES256',
      userinfo_encrypted_response_alg: key.alg,
      userinfo_encrypted_response_enc: 'A256GCM',
    });
    const { tokens } = await tokensOf(client);
    const { header, text } = await openJwe(key, await (await userinfo(server, tokens.access_token)).text());
    expect(header).toMatchObject({ enc: 'A256GCM', cty: 'JWT' });
    const signed = await verifyIdToken(server, client.client_id, text);
    expect(signed).toMatchObject({ header: { alg: 'ES256' }, claims: { sub: expect.any(String) } });
  });
});

it('openid-client reads encrypted ID tokens and userinfo', async () => {
  const key = await clientKey('ECDH-ES', 'enc-1', 'enc');
  const { client_id, client_secret, redirect_uris } = await encryptingClient(key, {
    id_token_encrypted_response_enc: 'A256GCM',
    userinfo_signed_response_alg: 'ES256',
    userinfo_encrypted_response_alg: key.alg,
    userinfo_encrypted_response_enc: 'A256GCM',
  });
  const metadata = { userinfo_signed_response_alg: 'ES256' };
  const authentication = openid.ClientSecretBasic(client_secret);
  const config = await openid.discovery(new URL(server.issuer), client_id, metadata, authentication, {
    execute: [openid.allowInsecureRequests],
  });
  openid.enableDecryptingResponses(config, ['A256GCM'], { key: key.privateKey, kid: key.kid });
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirect_uris[0],
    scope: 'openid profile',
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  const visit = await follow(server, url);
  const tokens = await openid.authorizationCodeGrant(config, visit.url, { pkceCodeVerifier, idTokenExpected: true });
  const { sub } = tokens.claims()!;
  const info = await openid.fetchUserInfo(config, tokens.access_token, sub);
  expect(info).toMatchObject({ sub, preferred_username: 'alice' });
});

describe('a client for whom nothing can be encrypted (Registration §2)', () => {
  const CASES: [string, () => Promise<Record<string, unknown>>][] = [
    ['its keys do not fit', async () => ({ jwks: jwksOf(await clientKey('RSA-OAEP-256', 'k', 'enc')) })],
    ['its key is for signatures', async () => ({ jwks: jwksOf(await clientKey('ES256', 'k')) })],
    ['its keys cannot be read', async () => ({ jwks_uri: 'https://keys.invalid/jwks' })],
    [
      'the algorithm is not there',
      async () => ({
        jwks: jwksOf(await clientKey('RSA-OAEP-256', 'k', 'enc')),
        id_token_encrypted_response_alg: 'RSA-OAEP-512',
      }),
    ],
    [
      'the encryption is not there',
      async () => ({
        jwks: jwksOf(await clientKey('ECDH-ES', 'k', 'enc')),
        id_token_encrypted_response_enc: 'A192GCM',
      }),
    ],
  ];

  it.each(CASES)('gets an error and no ID token, because %s', async (_, members) => {
    const client = await createClient(server, {
      id_token_encrypted_response_alg: 'ECDH-ES',
      grant_types: ['authorization_code', 'implicit'],
      response_types: ['code', 'id_token'],
      ...(await members()),
    });
    const { jar } = await signUp(server);
    for (const response_type of ['code', 'id_token']) {
      const request = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], response_type };
      const { params } = await authorize(server, { ...request, scope: 'openid', nonce: 'n' }, jar);
      expect(params).toEqual({
        error: 'unauthorized_client',
        error_description: expect.any(String),
        iss: server.issuer,
        session_state: expect.any(String),
        state: expect.any(String),
      });
    }
  });

  it('gets an error at the token endpoint and at userinfo when its key is gone since', async () => {
    const key = await clientKey('ECDH-ES', 'enc-1', 'enc');
    const client = await encryptingClient(key, { userinfo_encrypted_response_alg: key.alg });
    const { tokens } = await tokensOf(client);
    const other = await clientKey('RSA-OAEP-256', 'other', 'enc');
    await administer(server, 'PATCH', `/api/clients/${client.client_id}`, { jwks: jwksOf(other) });
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    const answers = [await tokenRequest(server, client, refresh), await userinfo(server, tokens.access_token)];
    for (const answer of answers) {
      expect(answer.status).toBe(400);
      expect(await answer.json()).toEqual({ error: 'unauthorized_client', error_description: expect.any(String) });
    }
  });
});

describe('keys at a jwks_uri (§10.2.1)', () => {
  let own: RunningServer;
  let keys: HttpServer;
  let published: ClientKey[] = [];
  beforeAll(async () => {
    keys = createServer((_, response) => response.end(JSON.stringify(jwksOf(...published))));
    await new Promise<void>((listening) => keys.listen(0, '127.0.0.1', listening));
    onClose(() => new Promise((closed) => keys.close(closed)));
    const { port } = keys.address() as { port: number };
    const key = (published = [await clientKey('ECDH-ES', 'first', 'enc')])[0];
    own = await startServer({
      env: { OUTBOUND_ALLOW: '127.0.0.1' },
      bootstrap: {
        users: [{ username: 'alice', password: 'alice-password-1' }],
        clients: [
          {
            client_id: 'remote',
            client_secret: 'remote-secret-'.padEnd(40, '0'),
            redirect_uris: ['https://remote.example/callback'],
            scope: 'openid',
            skip_consent: true,
            jwks_uri: `http://127.0.0.1:${port}/jwks`,
            id_token_encrypted_response_alg: key.alg,
          },
        ],
      },
    });
  });

  it('are what an ID token is encrypted with', async () => {
    const client = { client_id: 'remote', client_secret: 'remote-secret-'.padEnd(40, '0') };
    const redirectUri = 'https://remote.example/callback';
    const flow = await authorize(own, { client_id: 'remote', redirect_uri: redirectUri, scope: 'openid' });
    const tokens = await redeem(own, client, { ...flow, redirectUri });
    const { header, text } = await openJwe(published[0], tokens.id_token!);
    expect(header.kid).toBe('first');
    expect((await verifyIdToken(own, 'remote', text)).claims.aud).toBe('remote');
  });
});

describe('id_token_hint (§3.1.2.1)', () => {
  /** Encrypts for the server, with a key that it publishes. */
  async function encryptForServer(alg: string, text: string): Promise<string> {
    const { keys } = (await (await fetch(`${baseOf(server)}/oauth/jwks`)).json()) as { keys: JWK[] };
    const jwk = keys.find((key) => key.use === 'enc' && key.alg === alg)!;
    return new CompactEncrypt(Buffer.from(text))
      .setProtectedHeader({ alg, enc: 'A128GCM', kid: jwk.kid, cty: 'JWT' })
      .encrypt(await importJWK(jwk, alg));
  }

  it.each(['RSA-OAEP-256', 'ECDH-ES'])('may be encrypted for the server with %s', async (alg) => {
    const key = await clientKey('ECDH-ES', 'enc-1', 'enc');
    const client = await encryptingClient(key);
    const { tokens, jar } = await tokensOf(client);
    const { text } = await openJwe(key, tokens.id_token!);
    const ask = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], scope: 'openid', prompt: 'none' };
    for (const hint of [text, await encryptForServer(alg, text)])
      expect((await authorize(server, { ...ask, id_token_hint: hint }, jar)).params.code).toEqual(expect.any(String));
    const hint = await encryptForServer(alg, 'not an ID token');
    expect((await authorize(server, { ...ask, id_token_hint: hint }, jar)).params.error).toBe('invalid_request');
  });

  it('that only the client can open is refused', async () => {
    const client = await encryptingClient(await clientKey('ECDH-ES', 'enc-1', 'enc'));
    const { tokens, jar } = await tokensOf(client);
    const ask = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], scope: 'openid' };
    const { params } = await authorize(server, { ...ask, id_token_hint: tokens.id_token }, jar);
    expect(params.error).toBe('invalid_request');
  });
});

it('the algorithms are in the metadata (Discovery §3)', async () => {
  expect(await openidConfiguration(server)).toMatchObject({
    id_token_encryption_alg_values_supported: ALGORITHMS,
    id_token_encryption_enc_values_supported: ENCRYPTIONS,
    userinfo_encryption_alg_values_supported: ALGORITHMS,
    userinfo_encryption_enc_values_supported: ENCRYPTIONS,
  });
});
