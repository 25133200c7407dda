// The code flow of OpenID Connect.
// @see OIDC Core §3.1 https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth
import { hash } from 'node:crypto';
import { createClient } from '../support/clients.js';
import { CLIENTS } from '../support/fixtures.js';
import { authorize, obtainTokens, redeem, signUp } from '../support/flow.js';
import { verifyIdToken } from '../support/openid.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { web } = CLIENTS;

describe('the token response (§3.1.3.3)', () => {
  it('holds an ID token that says who signed in, when and how', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { jar } = await signUp(server);
    const flow = await authorize(server, { client_id: 'web', scope: 'openid', nonce: 'n-1' }, jar);
    const tokens = await redeem(server, web, flow);
    const { header, claims } = await verifyIdToken(server, 'web', tokens.id_token);
    expect(header.alg).toBe('RS256');
    expect(claims).toEqual({
      iss: server.issuer,
      sub: expect.stringMatching(/^[\x21-\x7e]{1,255}$/),
      aud: 'web',
      iat: expect.any(Number),
      exp: claims.iat! + 3600,
      auth_time: expect.any(Number),
      nonce: 'n-1',
      acr: '1',
      amr: ['pwd'],
      sid: expect.any(String),
      at_hash: hash('sha256', tokens.access_token, 'buffer').toString('base64url', 0, 16),
    });
    expect(claims.auth_time).toBeGreaterThanOrEqual(before - 1);
    expect(claims.auth_time).toBeLessThanOrEqual(claims.iat!);
  });

  it('has no nonce when none was sent', async () => {
    const { id_token } = await obtainTokens(server, web, { scope: 'openid' });
    expect((await verifyIdToken(server, 'web', id_token)).claims).not.toHaveProperty('nonce');
  });

  it('has no ID token without the scope openid', async () => {
    expect(await obtainTokens(server, web, { scope: 'profile' })).not.toHaveProperty('id_token');
  });

  it('tells the same auth_time and sid as long as the session goes on', async () => {
    const { jar } = await signUp(server);
    const first = await verifyIdToken(
      server,
      'web',
      (await obtainTokens(server, web, { scope: 'openid' }, jar)).id_token,
    );
    const second = await verifyIdToken(
      server,
      'web',
      (await obtainTokens(server, web, { scope: 'openid' }, jar)).id_token,
    );
    expect(second.claims).toMatchObject({
      auth_time: first.claims.auth_time,
      sid: first.claims.sid,
      sub: first.claims.sub,
    });
  });
});

describe('the signature (§2, §15.1)', () => {
  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('is %s when the client is registered for it', async (algorithm) => {
    const client = await createClient(server, { id_token_signed_response_alg: algorithm });
    const redirectUri = client.redirect_uris[0];
    const flow = await authorize(server, { client_id: client.client_id, redirect_uri: redirectUri, scope: 'openid' });
    const tokens = await redeem(server, client, { ...flow, redirectUri });
    const { header, claims } = await verifyIdToken(server, client.client_id, tokens.id_token);
    expect(header.alg).toBe(algorithm);
    // EdDSA over Ed25519 hashes with SHA-512.
    const digest = hash(algorithm === 'EdDSA' ? 'sha512' : 'sha256', tokens.access_token, 'buffer');
    expect(claims.at_hash).toBe(digest.toString('base64url', 0, digest.length / 2));
  });
});
