import { decodeJwt, exportJWK, generateKeyPair } from 'jose';
import { clientAuthentication } from './client-authentication.js';
import type { OAuthClientOptions, ProviderMetadata } from './oauth-client.options.js';
import { loadOpenId } from './openid.js';
import { settingsOf } from './provider-settings.js';

/** What a client adds to a request. */
async function added(name: string, options: OAuthClientOptions, metadata: ProviderMetadata = {}) {
  const settings = settingsOf(name, { clientId: 'app', ...options });
  const authenticate = await clientAuthentication(await loadOpenId(), settings, metadata);
  const [body, headers] = [new URLSearchParams(), new Headers()];
  // A promise where something is signed, whatever its type says.
  const done: unknown = authenticate(
    { issuer: 'https://op.example', ...metadata },
    { client_id: settings.clientId },
    body,
    headers,
  );
  await done;
  return { body, headers };
}

it.each([
  ['a-b_c.d~e', 'a-b_c.d~e'],
  ['a b:c+d/e=%', 'a+b%3Ac%2Bd%2Fe%3D%25'],
])('client_secret_basic escapes no more of %j than it has to', async (clientSecret, sent) => {
  const options = { clientSecret, serverMetadataUrl: 'https://op.example' };
  const { headers } = await added('corp', options);
  expect(headers.get('authorization')).toBe(`Basic ${btoa(`app:${sent}`)}`);
});

it.each([
  ['the issuer', 'corp', 'https://op.example', 'https://op.example'],
  [
    'the token endpoint where the issuer is a template',
    'microsoft',
    'https://op.example/{tenantid}',
    'https://op.example/t',
  ],
  ['the token endpoint without an issuer', 'corp', undefined, 'https://op.example/t'],
])('private_key_jwt is for %s', async (_what, name, issuer, audience) => {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const options = {
    privateKey: await exportJWK(privateKey),
    ...(name === 'corp' && { serverMetadataUrl: 'https://op.example' }),
  };
  const { body } = await added(name, options, { ...(issuer && { issuer }), token_endpoint: 'https://op.example/t' });
  expect(decodeJwt(body.get('client_assertion') ?? '').aud).toBe(audience);
});
