// What people see of a client that registered itself: its logo, its policy and terms, and that nobody vouches for it.
// @see OIDC Registration §2, §9.1 https://openid.net/specs/openid-connect-registration-1_0.html#Impersonation
import { CookieJar, form, pkce, visit } from '../support/http.js';
import { signUp } from '../support/flow.js';
import { METADATA, REDIRECT_URI, register, type Registered } from '../support/registration.js';
import { sharedServer } from '../support/server.js';
import { CLIENTS } from '../support/fixtures.js';

const server = sharedServer();
const FACE = {
  client_name: 'Registered <b>App</b>',
  logo_uri: 'https://cdn.registered.example/logo.png',
  policy_uri: 'https://registered.example/policy',
  tos_uri: 'https://registered.example/tos',
};

/** The page to which an authorization request leads, and its headers. */
async function pageOf(
  client: Pick<Registered, 'client_id'>,
  redirectUri: string,
  jar: CookieJar,
): Promise<[html: string, csp: string]> {
  const request = form({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirectUri,
    scope: 'profile',
    ...pkce().parameters,
  });
  let response = await visit(jar, `${server.url}/oauth/authorize?${request.toString()}`);
  while (response.status === 303) response = await visit(jar, new URL(response.headers.get('location')!, response.url));
  return [await response.text(), response.headers.get('content-security-policy')!];
}

it('shows logo, policy and terms at the sign-in and at the consent, and nothing of the name as markup', async () => {
  const client = await register(server, { ...METADATA, ...FACE });
  const { jar } = await signUp(server);
  for (const browser of [new CookieJar(), jar]) {
    const [html, csp] = await pageOf(client, REDIRECT_URI, browser);
    for (const uri of [FACE.logo_uri, FACE.policy_uri, FACE.tos_uri]) expect(html).toContain(uri);
    expect(html).not.toContain('<b>App</b>');
    expect(csp).toMatch(/img-src 'self'[^;]* https:\/\/cdn\.registered\.example/);
  }
});

it('warns at the consent that nobody vouches for it', async () => {
  const client = await register(server, { ...METADATA, ...FACE });
  const { jar } = await signUp(server);
  const [registered] = await pageOf(client, REDIRECT_URI, jar);
  const [administered] = await pageOf(CLIENTS.web, CLIENTS.web.redirect_uris[0], jar);
  expect(registered).toContain('class="caution"');
  expect(administered).not.toContain('class="caution"');
});
