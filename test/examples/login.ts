// login.ts – a relying party with openid-client: discovery, code flow, ID token, userinfo
import * as client from 'openid-client';

export async function begin(issuer: string, clientId: string, clientSecret: string, redirectUri: string) {
  const config = await client.discovery(
    new URL(issuer),
    clientId,
    undefined,
    client.ClientSecretBasic(clientSecret),
    issuer.startsWith('http:') ? { execute: [client.allowInsecureRequests] } : {},
  );
  const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedNonce: client.randomNonce() };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid profile',
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  return { config, url, checks };
}

export async function finish({ config, checks }: Awaited<ReturnType<typeof begin>>, callback: URL) {
  const tokens = await client.authorizationCodeGrant(config, callback, checks);
  return client.fetchUserInfo(config, tokens.access_token, tokens.claims()!.sub);
}
