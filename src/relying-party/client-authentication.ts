// How this application proves who it is at the token endpoint, and at the others that ask for it.
// @see RFC 6749 §2.3, RFC 7523 §2.2, OIDC Core §9 https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication
import type { ClientAuth, ModifyAssertionFunction } from 'openid-client';
import type { OpenId } from './openid.js';
import type { ProviderMetadata } from './oauth-client.options.js';
import { OAuthClientError } from './oauth-client-error.js';
import { privateKeyOf } from './private-key.js';
import type { ProviderSettings } from './provider-settings.js';

/**
 * @throws OAuthClientError `unsupported` when what the method needs is not there
 */
export async function clientAuthentication(
  openid: OpenId,
  settings: ProviderSettings,
  metadata: ProviderMetadata,
): Promise<ClientAuth> {
  const { name, clientSecret = '', privateKey, keyId, issuerOf, tokenEndpointAuthMethod: method } = settings;
  // A method of one's own changes the request as it is sent: see Provider.
  if (typeof method === 'function') return () => undefined;
  // The issuer names the provider at every endpoint (RFC 7523bis); where there is none, or a template of many, the token
  // endpoint does.
  const modify = (alg?: string): { [key: symbol]: ModifyAssertionFunction } => ({
    [openid.modifyAssertion]: (header, payload) => {
      if (alg !== undefined) header.alg = alg;
      if (!metadata.issuer || issuerOf) payload.aud = metadata.token_endpoint as string;
    },
  });
  if (method === 'none') return openid.None();
  if (method === 'private_key_jwt') {
    if (!privateKey) throw new OAuthClientError(name, 'unsupported', 'private_key_jwt needs privateKey.');
    const { key, kid, alg } = await privateKeyOf(privateKey, metadata.token_endpoint_auth_signing_alg_values_supported);
    return openid.PrivateKeyJwt({ key, kid: keyId ?? kid }, modify(alg));
  }
  if (!clientSecret) throw new OAuthClientError(name, 'unsupported', `${method} needs clientSecret.`);
  if (method === 'client_secret_jwt') return openid.ClientSecretJwt(clientSecret, modify());
  if (method === 'client_secret_post') return openid.ClientSecretPost(clientSecret);
  return (_server, client, _body, headers) => {
    const credentials = `${formEncoded(client.client_id)}:${formEncoded(clientSecret)}`;
    headers.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
  };
}

/**
 * RFC 6749 §2.3.1. Characters that need no escape have none, as openid-client gives them: there are providers that read what
 * is sent as it is, and `-` and `_` are in many secrets.
 */
function formEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+');
}
