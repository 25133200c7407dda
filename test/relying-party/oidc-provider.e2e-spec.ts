// Sign-in at another implementation: `oidc-provider` of npm.
// @see OpenID Connect Core §3 https://openid.net/specs/openid-connect-core-1_0.html#Authentication
import { decodeJwt, decodeProtectedHeader, exportJWK, exportPKCS8, generateKeyPair, type JWK } from 'jose';
import type { OAuthClient, OAuthClientOptions, OAuthToken } from 'nest-authorization-server/relying-party';
import type { ClientMetadata } from 'oidc-provider';
import { type OidcProvider, startOidcProvider } from '../support/oidc-provider.js';
import { type Outcome, outcomeOf, type RelyingParty, startRelyingParty } from './application.js';
import { Visitor } from '../support/visitor.js';

const SECRET = 'a-secret-of-more-than-32-characters-for-HS256';
const SCOPE = 'openid profile email';

let host: RelyingParty;
let provider: OidcProvider;
let privateKey: string;
let jwk: JWK;

/** What each client is registered with at the provider; its name is the `client_id` and the name here. */
const REGISTRATIONS: Record<string, Partial<ClientMetadata>> = {
  basic: {},
  post: { token_endpoint_auth_method: 'client_secret_post' },
  secretjwt: { token_endpoint_auth_method: 'client_secret_jwt' },
  keyjwt: { token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES256' },
  public: { token_endpoint_auth_method: 'none', application_type: 'native' },
  hybrid: {
    application_type: 'native',
    response_types: ['code id_token'],
    grant_types: ['authorization_code', 'implicit', 'refresh_token'],
  },
  elliptic: { id_token_signed_response_alg: 'ES256' },
  symmetric: { id_token_signed_response_alg: 'HS256' },
  signedinfo: { userinfo_signed_response_alg: 'ES256' },
  pushed: { require_pushed_authorization_requests: true },
  objects: { request_object_signing_alg: 'ES256', require_signed_request_object: true },
  both: { request_object_signing_alg: 'ES256', require_pushed_authorization_requests: true },
  dpop: { dpop_bound_access_tokens: true },
  itself: { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] },
};

beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  privateKey = await exportPKCS8(pair.privateKey);
  jwk = { ...(await exportJWK(pair.publicKey)), alg: 'ES256', use: 'sig', kid: 'of-the-client' };
  host = await startRelyingParty();
  const clients = Object.entries(REGISTRATIONS).map(([name, metadata]) => ({
    client_id: name,
    client_secret: ['keyjwt', 'public'].includes(name) ? undefined : SECRET,
    jwks: { keys: [jwk] },
    redirect_uris: [host.callback(name)],
    post_logout_redirect_uris: [`${host.url}/signed-out/${name}`],
    grant_types: ['authorization_code', 'refresh_token'],
    ...metadata,
  })) as ClientMetadata[];
  provider = await startOidcProvider({ clients });
});

function register(name: string, options: OAuthClientOptions = {}): OAuthClient {
  const secret = 'clientSecret' in options ? {} : { clientSecret: SECRET };
  host.registry.register(
    name,
    { clientId: name, ...secret, serverMetadataUrl: provider.issuer, scope: SCOPE, ...options },
    { overwrite: true },
  );
  return host.registry.get(name);
}

async function signIn(name: string, query = '', visitor = new Visitor()): Promise<Outcome> {
  return outcomeOf(await visitor.open(`${host.url}/login/${name}${query}`));
}

async function tokenOf(name: string): Promise<OAuthToken> {
  const { token, error, description } = await signIn(name);
  if (!token) throw new Error(`${error}: ${description}`);
  return token;
}

/** The last request to a path, as the provider saw it. */
async function lastRequest(path: string): Promise<{ query: URLSearchParams; headers: Record<string, unknown> }> {
  const { url, headers } = (await provider.requests(path)).at(-1)!;
  return { query: new URL(url, provider.issuer).searchParams, headers };
}

it('signs in by code with PKCE, state and nonce', async () => {
  const client = register('basic');
  const token = await tokenOf('basic');
  expect(token).toMatchObject({ token_type: 'bearer', userinfo: { sub: 'alice', iss: provider.issuer, aud: 'basic' } });
  expect(token.expires_at).toBeGreaterThan(Date.now() / 1000);
  const { query } = await lastRequest('/auth');
  expect(Object.fromEntries(query)).toMatchObject({
    response_type: 'code',
    code_challenge_method: 'S256',
    code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
    state: expect.stringMatching(/^.{22,}$/) as string,
    nonce: decodeJwt(token.id_token!).nonce,
    redirect_uri: host.callback('basic'),
  });
  expect(client.protocol).toBe('oidc');
});

it('passes parameters of the request on', async () => {
  register('basic', { authorizeParams: { ui_locales: 'fr' } });
  const { token } = await signIn('basic', '?login_hint=bob&acr_values=gold&max_age=1000');
  expect(token).toMatchObject({ userinfo: { sub: 'bob' } });
  const { query } = await lastRequest('/auth');
  expect(Object.fromEntries(query)).toMatchObject({ ui_locales: 'fr', acr_values: 'gold', max_age: '1000' });
});

it('hears that the user refused', async () => {
  register('basic');
  expect(await signIn('basic', '?login_hint=refuses')).toEqual({
    error: 'access_denied',
    description: 'The user did not want to',
  });
});

describe('proves who it is (OIDC Core §9)', () => {
  it.each<[string, () => OAuthClientOptions]>([
    ['basic', () => ({ tokenEndpointAuthMethod: 'client_secret_basic' })],
    ['post', () => ({ tokenEndpointAuthMethod: 'client_secret_post' })],
    ['secretjwt', () => ({ tokenEndpointAuthMethod: 'client_secret_jwt' })],
    ['keyjwt', () => ({ clientSecret: undefined, privateKey, tokenEndpointAuthMethod: 'private_key_jwt' })],
    ['public', () => ({ clientSecret: undefined })],
  ])('%s', async (name, options) => {
    register(name, options());
    expect(await tokenOf(name)).toMatchObject({ userinfo: { sub: 'alice', aud: name } });
  });

  it('is refused with another secret', async () => {
    register('basic', { clientSecret: 'another-secret-of-more-than-32-characters' });
    expect(await signIn('basic')).toMatchObject({ error: 'invalid_client' });
  });
});

it('signs in by code and ID token, which the browser posts (hybrid flow)', async () => {
  register('hybrid', { responseType: 'code id_token' });
  expect(await tokenOf('hybrid')).toMatchObject({ userinfo: { sub: 'alice' } });
  const { query } = await lastRequest('/auth');
  expect(Object.fromEntries(query)).toMatchObject({ response_type: 'code id_token', response_mode: 'form_post' });
});

it('signs in by a code that the browser posts (form_post)', async () => {
  register('basic', { responseMode: 'form_post' });
  expect(await tokenOf('basic')).toMatchObject({ userinfo: { sub: 'alice' } });
  expect((await lastRequest('/auth')).query.get('response_mode')).toBe('form_post');
});

describe('ID tokens', () => {
  it('are signed as the client is registered: ES256', async () => {
    register('elliptic');
    const { id_token } = await tokenOf('elliptic');
    expect(decodeProtectedHeader(id_token!)).toMatchObject({ alg: 'ES256' });
  });

  it('are signed with the secret only where the client is registered so', async () => {
    register('symmetric', { idTokenSigningAlgs: ['HS256'] });
    expect(await tokenOf('symmetric')).toMatchObject({ userinfo: { sub: 'alice' } });
    register('symmetric');
    expect(await signIn('symmetric')).toMatchObject({ error: 'invalid_response' });
  });

  it('are checked with the keys of now (OIDC Core §10.1.1)', async () => {
    const client = register('basic');
    const before = decodeProtectedHeader((await tokenOf('basic')).id_token!).kid;
    await provider.rotateKeys();
    const after = decodeProtectedHeader((await tokenOf('basic')).id_token!).kid;
    expect(after).not.toBe(before);
    expect(client).toBe(host.registry.get('basic'));
  });
});

describe('userinfo', () => {
  it('is what the provider says of the user', async () => {
    const client = register('basic');
    expect(await client.userinfo(await tokenOf('basic'))).toEqual({
      sub: 'alice',
      name: 'alice of the other side',
      preferred_username: 'alice',
      email: 'alice@provider.example',
      email_verified: true,
    });
  });

  it('may be signed (OIDC Core §5.3.2)', async () => {
    const client = register('signedinfo');
    expect(await client.userinfo(await tokenOf('signedinfo'))).toMatchObject({ sub: 'alice', aud: 'signedinfo' });
  });
});

describe('tokens', () => {
  it('are renewed, and about the same user', async () => {
    const client = register('basic');
    const token = await tokenOf('basic');
    const renewed = await client.refreshToken(token);
    expect(renewed.access_token).not.toBe(token.access_token);
    expect(renewed.refresh_token).toEqual(expect.any(String));
    expect(await client.userinfo(renewed)).toMatchObject({ sub: 'alice' });
  });

  it('are asked about, and revoked', async () => {
    const client = register('basic');
    const token = await tokenOf('basic');
    expect(await client.introspectToken(token.access_token!)).toMatchObject({ active: true, client_id: 'basic' });
    await client.revokeToken(token);
    expect(await client.introspectToken(token.refresh_token!, 'refresh_token')).toEqual({ active: false });
    await expect(client.refreshToken(token)).rejects.toMatchObject({ code: 'invalid_grant' });
  });

  it('are those of the application itself (RFC 6749 §4.4)', async () => {
    const client = register('itself', { scope: undefined });
    const [first, second] = await Promise.all([client.clientCredentials(), client.clientCredentials()]);
    expect(first.access_token).toEqual(expect.any(String));
    expect(second.access_token).toBe(first.access_token);
  });
});

describe('the authorization request', () => {
  const names = async (): Promise<string[]> => [...(await lastRequest('/auth')).query.keys()].sort();

  it('is pushed (RFC 9126)', async () => {
    register('pushed', { par: true });
    expect(await tokenOf('pushed')).toMatchObject({ userinfo: { sub: 'alice' } });
    expect(await provider.requests('/request')).toHaveLength(1);
    expect(await names()).toEqual(['client_id', 'request_uri']);
    register('pushed');
    expect((await new Visitor().open(`${host.url}/login/pushed`)).text).not.toContain('"token"');
  });

  it('is a signed object (RFC 9101)', async () => {
    register('objects', { requestObject: true, privateKey });
    expect(await tokenOf('objects')).toMatchObject({ userinfo: { sub: 'alice' } });
    expect(await names()).toEqual(expect.arrayContaining(['client_id', 'request']));
    const request = decodeJwt((await lastRequest('/auth')).query.get('request')!);
    expect(request).toMatchObject({ iss: 'objects', aud: provider.issuer, redirect_uri: host.callback('objects') });
  });

  it('is a signed object that is pushed', async () => {
    register('both', { requestObject: true, par: true, privateKey });
    expect(await tokenOf('both')).toMatchObject({ userinfo: { sub: 'alice' } });
    expect(await names()).toEqual(['client_id', 'request_uri']);
  });
});

it('gets tokens that only the holder of a key can use (RFC 9449)', async () => {
  const client = register('dpop', { dpop: true });
  const token = await tokenOf('dpop');
  expect(token.token_type).toBe('dpop');
  expect(await client.userinfo(token)).toMatchObject({ sub: 'alice' });
  expect((await lastRequest('/me')).headers).toMatchObject({
    authorization: `DPoP ${token.access_token}`,
    dpop: expect.stringMatching(/^ey/) as string,
  });
  const renewed = await client.refreshToken(token);
  expect(await client.userinfo(renewed)).toMatchObject({ sub: 'alice' });
  const stolen = await fetch(`${provider.issuer}/me`, { headers: { authorization: `Bearer ${token.access_token}` } });
  expect(stolen.status).toBe(401);
});

describe('sign-out at the provider (RP-Initiated Logout §2)', () => {
  it('ends the session there and comes back', async () => {
    register('basic');
    const visitor = new Visitor();
    const { token } = await signIn('basic', '', visitor);
    const asked = async (): Promise<number> => (await provider.requests('/session/end')).length;
    expect(await signIn('basic', '?prompt=none', visitor)).toMatchObject({ token: { userinfo: { sub: 'alice' } } });
    const before = await asked();
    const back = await visitor.open(`${host.url}/logout/basic?hint=${token!.id_token}`);
    expect(await asked()).toBe(before + 1);
    expect(back.url.pathname).toBe('/signed-out/basic');
    expect(JSON.parse(back.text)).toEqual({ postLogoutRedirectUri: `${host.url}/signed-out/basic` });
    expect(await signIn('basic', '?prompt=none', visitor)).toMatchObject({ error: 'login_required' });
  });

  it('has states that are not those of a sign-in, and count once in one browser', async () => {
    register('basic');
    const visitor = new Visitor();
    const { token } = await signIn('basic', '', visitor);
    const back = await visitor.until(
      ({ url }) => url.pathname === '/signed-out/basic',
      `${host.url}/logout/basic?hint=${token!.id_token}`,
    );
    const state = back.url.searchParams.get('state')!;
    const asLogin = await visitor.open(`${host.callback('basic')}?state=${state}&code=made-up&iss=${provider.issuer}`);
    expect(outcomeOf(asLogin)).toMatchObject({ error: 'mismatching_state' });
    const forged = { ...back, url: new URL(back.url) };
    forged.url.searchParams.set('state', 'forged');
    expect(outcomeOf(await visitor.send(forged))).toMatchObject({ error: 'mismatching_state' });
    expect(outcomeOf(await new Visitor().send(back))).toMatchObject({ error: 'mismatching_state' });
    expect((await visitor.send(back)).status).toBe(200);
    expect(outcomeOf(await visitor.send(back))).toMatchObject({ error: 'mismatching_state' });
    const login = await visitor.until(({ url }) => url.pathname === '/callback/basic', `${host.url}/login/basic`);
    const asLogout = `${host.url}/signed-out/basic?state=${login.url.searchParams.get('state')}`;
    expect(outcomeOf(await visitor.open(asLogout))).toMatchObject({ error: 'mismatching_state' });
    expect(outcomeOf(await visitor.send(login))).toMatchObject({ token: { userinfo: { sub: 'alice' } } });
  });
});
