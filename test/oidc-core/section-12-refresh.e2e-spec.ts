// ID tokens of a refresh: of the same sign-in, for the new access token.
// @see OIDC Core §12.2 https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse
import { hash } from 'node:crypto';
import { administer, createClient, type CreatedClient } from '../support/clients.js';
import { authorize, redeem, signUp, tokenRequest, type TokenResponse } from '../support/flow.js';
import { query } from '../support/database.js';
import { verifyIdToken } from '../support/openid.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();

async function offline(client: CreatedClient): Promise<TokenResponse & Awaited<ReturnType<typeof signUp>>> {
  const user = await signUp(server);
  // Nothing of it may be taken from the moment of the refresh.
  await query(server, `UPDATE sessions s SET auth_time = now() - interval '1 hour' FROM users u
    WHERE u.id::text = s.user_id AND u.username = $1`, [user.username]); // prettier-ignore
  const redirectUri = client.redirect_uris[0];
  const scope = 'openid offline_access';
  const request = { client_id: client.client_id, redirect_uri: redirectUri, scope, nonce: 'n' };
  const flow = await authorize(server, request, user.jar);
  return { ...(await redeem(server, client, { ...flow, redirectUri })), ...user };
}

function refresh(client: CreatedClient, token: string | undefined, scope?: string): Promise<Response> {
  return tokenRequest(server, client, { grant_type: 'refresh_token', refresh_token: token, scope });
}

it('have the same iss, sub, aud and auth_time, no nonce, and the hash of the new access token', async () => {
  const client = await createClient(server);
  const first = await offline(client);
  const again = {
    client_id: client.client_id,
    redirect_uri: client.redirect_uris[0],
    scope: 'openid',
    prompt: 'login',
  };
  expect((await authorize(server, again, { jar: first.jar, user: first })).pages).toEqual(['sign-in']);
  const second = (await (await refresh(client, first.refresh_token)).json()) as TokenResponse;
  const before = (await verifyIdToken(server, client.client_id, first.id_token)).claims;
  const after = (await verifyIdToken(server, client.client_id, second.id_token)).claims;
  const { iss, sub, aud, auth_time, acr, amr, sid } = before;
  expect(after).toMatchObject({ iss, sub, aud, auth_time, acr, amr, sid });
  expect(after.iat).toBeGreaterThanOrEqual(before.iat!);
  expect(after).not.toHaveProperty('nonce');
  expect(after.at_hash).toBe(hash('sha256', second.access_token, 'buffer').toString('base64url', 0, 16));
});

it('are left out when the request narrows the scope to one without openid', async () => {
  const client = await createClient(server, { scope: 'openid profile offline_access' });
  const { refresh_token } = await offline(client);
  const narrowed = (await (await refresh(client, refresh_token, 'offline_access')).json()) as TokenResponse;
  expect(narrowed).toMatchObject({ scope: 'offline_access', access_token: expect.any(String) });
  expect(narrowed).not.toHaveProperty('id_token');
});

it.each(['none', 'HS256'])(
  'are refused when the client is registered for %s since, which is not to be had',
  async (alg) => {
    const client = await createClient(server);
    const { refresh_token } = await offline(client);
    const change = { id_token_signed_response_alg: alg };
    expect((await administer(server, 'PATCH', `/api/clients/${client.client_id}`, change)).status).toBe(200);
    const response = await refresh(client, refresh_token);
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ error: 'unauthorized_client' }),
    ]);
  },
);
