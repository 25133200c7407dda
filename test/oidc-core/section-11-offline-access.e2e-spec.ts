// Offline access: given only where a code is, and only with what the user has seen.
// @see OIDC Core §11 https://openid.net/specs/openid-connect-core-1_0.html#OfflineAccess
import { ask, open, press } from '../pages/browse.js';
import { administer, createClient } from '../support/clients.js';
import { authorize, redeem, signUp } from '../support/flow.js';
import { userinfo } from '../support/openid.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();

async function hybridClient(metadata: object = {}): ReturnType<typeof createClient> {
  return createClient(server, {
    scope: 'openid profile read offline_access',
    grant_types: ['authorization_code', 'implicit', 'refresh_token'],
    response_types: ['code', 'id_token token'],
    skip_consent: false,
    ...metadata,
  });
}

it('is ignored without a code in the response', async () => {
  const client = await hybridClient();
  const { jar } = await signUp(server);
  const request = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], nonce: 'n' };
  const { params } = await authorize(
    server,
    { ...request, response_type: 'id_token token', scope: 'openid offline_access', prompt: 'consent' },
    jar,
  );
  expect(params.scope).toBe('openid');
  expect((await userinfo(server, params.access_token)).status).toBe(200);
  await press(server, jar, await open(server, jar, '/oauth/logout'), 'sign-out', { decision: 'confirm' });
  expect((await userinfo(server, params.access_token)).status).toBe(401);
});

it('needs a consent that covers it', async () => {
  const client = await hybridClient();
  const { jar } = await signUp(server);
  const request = { client_id: client.client_id, redirect_uri: client.redirect_uris[0] };
  await authorize(server, { ...request, scope: 'openid' }, jar);
  const offline = { ...request, scope: 'openid offline_access' };
  expect((await ask(server, jar, { ...offline, prompt: 'none' })).params.error).toBe('consent_required');
  const flow = await authorize(server, offline, jar);
  expect(flow.pages).toEqual(['consent']);
  expect((await redeem(server, client, { ...flow, redirectUri: request.redirect_uri })).refresh_token).toEqual(
    expect.any(String),
  );
  expect((await ask(server, jar, { ...offline, prompt: 'none' })).params.code).toEqual(expect.any(String));
});

describe('a client whose registration changes while the consent page is open', () => {
  it('gets no scope that the page did not show', async () => {
    const client = await hybridClient({ default_scope: 'read' });
    const { jar } = await signUp(server);
    const request = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], scope: undefined };
    const page = await ask(server, jar, request);
    expect(page.html).not.toContain('data-scope="profile"');
    const path = `/api/clients/${client.client_id}`;
    expect((await administer(server, 'PATCH', path, { default_scope: 'read profile' })).status).toBe(200);

    const again = await press(server, jar, page, 'consent', { decision: 'allow' });
    expect(again.location).toBeUndefined();
    expect(again.html).toContain('data-scope="profile"');
    expect((await press(server, jar, again, 'consent', { decision: 'allow' })).params.code).toEqual(expect.any(String));
  });
});
