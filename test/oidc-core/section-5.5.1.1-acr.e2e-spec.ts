// Several authentication context classes: the client is told the one that it asks for, where the sign-in meets it.
// @see OIDC Core §5.5.1.1, §3.1.2.1 https://openid.net/specs/openid-connect-core-1_0.html#acrSemantics
import { ask } from '../pages/browse.js';
import { createClient, type CreatedClient } from '../support/clients.js';
import { authorize, redeem, signIn } from '../support/flow.js';
import type { CookieJar } from '../support/http.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';
import { openidConfiguration, verifyIdToken } from '../support/openid.js';

const CONTEXTS = { '1': ['pwd'], '2': ['pwd', 'otp'], 'urn:example:none': [], 'urn:example:password': ['pwd'] };

let server: InProcessServer;
let jar: CookieJar;

beforeAll(async () => {
  server = await startInProcess({ authenticationContexts: CONTEXTS });
  jar = await signIn(server);
});

async function toldTo(client: CreatedClient, params: Record<string, string>): Promise<unknown> {
  const redirectUri = client.redirect_uris[0];
  const request = { client_id: client.client_id, redirect_uri: redirectUri, scope: 'openid', ...params };
  const tokens = await redeem(server, client, { ...(await authorize(server, request, jar)), redirectUri });
  return (await verifyIdToken(server, client.client_id, tokens.id_token)).claims.acr;
}

const asked = (acr: object): { claims: string } => ({ claims: JSON.stringify({ id_token: { acr } }) });

it('are all in the metadata (Discovery §3)', async () => {
  expect(await openidConfiguration(server)).toMatchObject({ acr_values_supported: Object.keys(CONTEXTS) });
});

it.each([
  ['nothing', {}, '1'],
  ['acr_values', { acr_values: '2 urn:example:password 1' }, 'urn:example:password'],
  ['acr_values that are not met', { acr_values: '2 urn:example:gold' }, '1'],
  ['a voluntary value', asked({ value: 'urn:example:none' }), 'urn:example:none'],
  ['essential values', asked({ essential: true, values: ['2', 'urn:example:password'] }), 'urn:example:password'],
])('told to a client that asks for %s', async (_what, params, acr) => {
  expect(await toldTo(await createClient(server), params)).toBe(acr);
});

it('asked for by default_acr_values where the request says nothing (Registration §2)', async () => {
  const client = await createClient(server, { default_acr_values: ['urn:example:password'] });
  expect(await toldTo(client, {})).toBe('urn:example:password');
  expect(await toldTo(client, { acr_values: '1' })).toBe('1');
});

it('that are essential and not met are unmet_authentication_requirements', async () => {
  const client = await createClient(server);
  const request = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], scope: 'openid' };
  const { params } = await ask(server, jar, { ...request, ...asked({ essential: true, value: '2' }) });
  expect(params.error).toBe('unmet_authentication_requirements');
});
