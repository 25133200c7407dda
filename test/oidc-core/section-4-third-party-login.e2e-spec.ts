// A sign-in that begins here: people open an application from their account.
// @see OIDC Core §4 https://openid.net/specs/openid-connect-core-1_0.html#ThirdPartyInitiatedLogin
import { open } from '../pages/browse.js';
import { createClient } from '../support/clients.js';
import { authorize, redeem, signUp } from '../support/flow.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();

async function accountWith(initiate_login_uri: string | undefined): Promise<string> {
  const { jar } = await signUp(server);
  const client = await createClient(server, { client_name: 'Startable', initiate_login_uri, scope: 'profile' });
  const redirectUri = client.redirect_uris[0];
  const flow = await authorize(server, { client_id: client.client_id, redirect_uri: redirectUri }, jar);
  await redeem(server, client, { ...flow, redirectUri });
  return (await open(server, jar, '/account')).html;
}

it('opens the initiate_login_uri of a connected application with this issuer', async () => {
  const html = await accountWith('https://startable.example/start?from=op');
  const iss = encodeURIComponent(server.issuer);
  expect(html).toContain(`href="https://startable.example/start?from=op&amp;iss=${iss}"`);
});

it('offers nothing to open where the application has none', async () => {
  const html = await accountWith(undefined);
  expect(html).toContain('Startable');
  expect(html).not.toContain('iss=');
});
