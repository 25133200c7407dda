// URLs that a client registers make the server connect to nothing that is not public.
// @see RFC 7591 §5, RFC 9700 §2 https://www.rfc-editor.org/rfc/rfc7591#section-5
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assertionOf, makeAssertionKey, postAssertion } from '../support/assertions.js';
import { onClose } from '../support/cleanup.js';
import { authorize } from '../support/flow.js';
import { manage, METADATA, postMetadata, REDIRECT_URI, refusal, register } from '../support/registration.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const key = makeAssertionKey('ES256', 'k');
let base: string;
let asked = 0;
beforeAll(async () => {
  const inside = createServer((_, response) => {
    asked++;
    response.end(JSON.stringify({ keys: [key.publicJwk] }));
  }).listen(0, '127.0.0.1');
  await once(inside, 'listening');
  onClose(() => inside.close());
  base = `http://127.0.0.1:${(inside.address() as AddressInfo).port}`;
});

it('reads no keys from a private address', async () => {
  const client = await register(server, {
    grant_types: ['client_credentials'],
    scope: 'read',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks_uri: `${base}/jwks`,
  });
  const response = await postAssertion(server, await assertionOf(server, client.client_id, key));
  expect([response.status, asked]).toEqual([401, 0]);
});

it('reads no sector identifier from one, and answers as for any document that is of no use', async () => {
  const refused = async (uri: string): Promise<unknown> =>
    refusal(await postMetadata(server, { ...METADATA, sector_identifier_uri: uri }));
  expect(await refused(`${base}/sector`)).toEqual(await refused('http://127.0.0.1:1/sector'));
  expect(asked).toBe(0);
});

it('reads no page, logo, policy or logout address, when it registers, is managed or used', async () => {
  const uris = Object.fromEntries(
    ['client_uri', 'logo_uri', 'policy_uri', 'tos_uri', 'initiate_login_uri', 'jwks_uri', 'backchannel_logout_uri'].map(
      (member) => [member, `${base}/${member}`],
    ),
  );
  const client = await register(server, { ...METADATA, ...uris, request_uris: [`${base}/request`] });
  expect((await manage(client, 'GET')).status).toBe(200);
  const { code } = await authorize(server, {
    client_id: client.client_id,
    redirect_uri: REDIRECT_URI,
    scope: 'profile',
  });
  expect([code === '', asked]).toEqual([false, 0]);
});
